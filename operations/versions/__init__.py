"""What an organisation writes itself, in versions: texts, figures, guides, and who is told of which events."""
