"""Files in and out: customers, assets, technicians and shifts as CSV. See docs/data-import.md."""
