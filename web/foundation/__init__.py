"""What every page stands on: who may see it, what it may use, what its answer carries."""
