"""The dispatcher's day: the board, moves, proposals, promises at risk, the team, days tried out (D6, D9, D13, D16)."""
