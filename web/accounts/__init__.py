"""Who signs in and how: people, their passwords and rights, the keys and hooks of other systems (T3, S2)."""
