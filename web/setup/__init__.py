"""What the organisation is set up with: registers, borders, figures, rules of clocks, texts, guides; and who looked."""
