"""A day as people look at it: who works, the routes, the map, the sheet on paper."""
