"""The ids of rows as addresses and forms name them: whole numbers, none longer than every database can look for."""

import re

from werkzeug.routing import IntegerConverter

ROW_ID = re.compile(r"[0-9]{1,15}")


class RowIdConverter(IntegerConverter):
    """An `<int:…>` of an address; one that is too long leads nowhere, as one that nobody has does."""

    regex = ROW_ID.pattern


def row_id(word: str) -> int:
    """Return the id that a field holds; raises ValueError for what is none, as `type=row_id` expects."""
    if not ROW_ID.fullmatch(word):
        raise ValueError(word)
    return int(word)
