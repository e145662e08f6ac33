"""What ties visits together: crews that start together, visits that follow others, parts picked up on the way.

Ties are decided here, around the search for single visits: a crew is chosen exactly and then stands, members pinned,
while the others are arranged around it; and is chosen again in the next round.
"""
