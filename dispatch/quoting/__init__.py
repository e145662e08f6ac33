"""Room for one more visit in all routes of a plan at once, as columns of numbers: what makes `quote` quick."""
