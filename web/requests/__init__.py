"""One request: its page, timeline, money, parts and pictures, and what is corrected in it."""
