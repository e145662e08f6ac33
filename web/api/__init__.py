"""The JSON API `/api/v1`: the same operations as the pages and the hotline, for other systems."""
