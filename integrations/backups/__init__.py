"""Backups: the database by its own means, files and messages beside it, each with its sum."""
