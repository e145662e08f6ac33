"""Who goes when: windows offered and booked, plans proposed and published, visits moved and pinned."""
