"""Figures down to their records: the seven reports, commitments and their certificates (R, K1 to K3)."""
