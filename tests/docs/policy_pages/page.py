"""What one page of docs/policies is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from policies.languages import Language
from tests.policies.cases.table import Case
from web.wording.sentences import load_sentences

Words = dict[Language, str]
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """One page of docs/policies: what it is about in both languages, its cases, its columns, and how a row is said."""

    name: str
    title: Words
    about: Words
    cases: Sequence[Case]
    columns: Callable[[Language], list[str]]
    cells: Callable[[Case, Language], list[str]]


def both(zh: str, en: str) -> Words:
    """Return a text in both languages."""
    return {Language.ZH: zh, Language.EN: en}


def columns(*names: Words) -> Callable[[Language], list[str]]:
    """Return the columns' names by language."""
    return lambda language: [name[language] for name in names]


def word(name: str, language: Language) -> str:
    """Return a word as the pages say it."""
    return load_sentences(language)[name]


def yuan(cents: int) -> str:
    """Return an amount as the tables write it."""
    return f"{cents / 100:,.2f}"


def choice(yes: Words, no: Words) -> Callable[[Case, Language], list[str]]:
    """Return the cells of a table whose cases expect yes or no."""
    return lambda case, language: [(yes if case.expected else no)[language]]


def word_of(prefix: str) -> Callable[[Case, Language], list[str]]:
    """Return the cells of a table whose cases expect a word of the pages, or none."""
    return lambda case, language: [
        word(f"{prefix}.{case.expected}", language) if case.expected is not None else NOTHING
    ]


def listed(items: Sequence[Any]) -> str:
    """Return what there is, one behind the other, or a dash."""
    return ", ".join(str(item) for item in items) or NOTHING
