"""Everything that opens a connection; wired in by `app.py`, known elsewhere only by its protocol."""
