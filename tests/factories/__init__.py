"""Rows for tests: one factory per table group, each with sensible defaults, and a small city made of them."""
