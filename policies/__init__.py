"""Decisions as pure functions: values in, a decision with its reason out. Nothing here knows tables, doors or clocks."""
