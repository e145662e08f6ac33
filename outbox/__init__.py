"""Messages to people: stored with the change that caused them, sent after (DESIGN rule 7)."""
