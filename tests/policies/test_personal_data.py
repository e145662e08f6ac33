"""Nobody adds a column for a telephone number that is never erased (S1)."""

from pathlib import Path

from sqlalchemy import JSON, Double, LargeBinary, String, Text

from models import Base
from models.base import Word
from policies.figures import Figures
from policies.personal_data import PERSONAL, Fate, Keeping

IMPERSONAL = Path(__file__).with_name("impersonal_columns.txt")
FREE = (String, Text, JSON, Double, LargeBinary)


def free_columns() -> set[str]:
    """Return the columns that take words, documents, places or bytes: anything a person could be known by."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, FREE) and not isinstance(column.type, Word)
    }


def test_every_free_column_is_named_as_personal_or_as_impersonal() -> None:
    personal = {f"{table}.{column}" for table, one in PERSONAL.items() for column in one.columns}
    impersonal = set(IMPERSONAL.read_text(encoding="utf-8").split())

    assert personal & impersonal == set()
    assert free_columns() - personal - impersonal == set(), (
        "say in policies/personal_data.py what becomes of these when a person is erased, "
        "or name them in tests/policies/impersonal_columns.txt when they can never tell who somebody is"
    )
    assert (personal | impersonal) - free_columns() == set(), "these columns are gone, or take no free words"


def test_every_column_that_ages_counts_from_an_instant_and_by_a_figure() -> None:
    figures = {keeping for keeping in Keeping if hasattr(Figures(), keeping.value)}
    for name, personal in PERSONAL.items():
        if personal.aged_by:
            assert personal.aged_by in Base.metadata.tables[name].columns, name
        if personal.kept in figures and personal.kept is not Keeping.RECORDING_DAYS:
            assert personal.aged_by, name


def test_what_is_emptied_may_be_empty() -> None:
    for name, personal in PERSONAL.items():
        for column, fate in personal.columns.items():
            stored = Base.metadata.tables[name].columns[column]
            assert not (fate is Fate.EMPTIED and stored.unique and not stored.nullable), f"{name}.{column}"
