"""Numbers that no two rows of a test share."""

import itertools

_counter = itertools.count(1)


def next_number() -> int:
    return next(_counter)
