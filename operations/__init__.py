"""Use cases, one file per noun. They take a session and the time, and never commit: their door does, once."""
