"""The demo city: Shanghai by its real districts, with people, machines and matters that do not exist."""
