"""Decisions as pure functions: values in, a decision with its reason out; no tables, doors or clocks here."""
