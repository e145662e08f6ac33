"""Other solvers on the same files: each answers with the order of stops, which we time, score and check ourselves."""
