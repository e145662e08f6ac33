"""What the catalogue's product families are called."""

import csv
from collections.abc import Mapping
from functools import cache

from outbox.words import CONTENT
from policies.languages import Language
from web.wording.sentences import page_language


def family_names() -> Mapping[str, str]:
    """Return the families' names by code, in the page's language."""
    return _read_names(page_language())


@cache
def _read_names(language: Language) -> Mapping[str, str]:
    with (CONTENT / "catalogue" / "families.csv").open(encoding="utf-8", newline="") as file:
        column = "name_en" if language is Language.EN else "name"
        return {row["code"]: row[column] for row in csv.DictReader(file)}
