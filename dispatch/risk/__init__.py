"""How likely a plan is to keep what was promised, and what saves a visit cheapest (D13)."""
