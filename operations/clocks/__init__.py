"""Promises with a time: which rules are in force, how a clock reads, who is warned, who is on duty (K1 to K3)."""
