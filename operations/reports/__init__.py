"""The seven reports of the manual and the key figures: one file each, its definition beside it in content (R)."""
