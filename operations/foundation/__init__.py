"""What every use case stands on: events and their chain, changes, figures in force, files, claims, links."""
