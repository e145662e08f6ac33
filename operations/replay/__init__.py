"""Days played again with another team or another policy (D16)."""
