"""The visit itself: what technicians report by text and page, and what happens when they cannot come."""
