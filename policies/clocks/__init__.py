"""Clocks: when time counts (calendars), what is promised (rules), and how a promise stands (reading). See K1, K2."""
