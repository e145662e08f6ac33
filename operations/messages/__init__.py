"""What we write to people: one text for each step of a matter, sent by the outbox."""
