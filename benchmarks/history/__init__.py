"""Years of history in a large organisation's tables, and how quickly lists and reports answer over it."""
