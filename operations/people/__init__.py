"""Who works with us and whom we work for: users, agents, customers and their files."""
