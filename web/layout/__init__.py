"""What pages are put together from: lists and tables, the row at the top, what is said when something goes wrong."""
