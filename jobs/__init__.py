"""What runs by the clock: one table of jobs, each a thin function."""
