"""Calls to the hotline and what they leave: the log, recordings, spoken messages, call-backs."""
