"""`flask demo day`: one night and one day of the demo city, played on a fast clock through signed webhooks."""
