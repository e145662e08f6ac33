"""The history of the benchmark: no number or code twice, chains whole, the same for the same size."""

from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import Table, UniqueConstraint

from benchmarks.history.copying import Copying
from benchmarks.history.growth import CALLS, CUSTOMERS, MESSAGES, Kind
from benchmarks.history.rows import Ground, History
from models.base import Base
from policies.event_chain import FIRST_HASH
from policies.request_numbers import is_request_number
from tests.factories.instants import NIGHT

REQUESTS = 300


class Rows(Copying):
    """Keeps what would be copied, as values by column."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, table: str, **values: object) -> int:
        self.tables[table].append(values)
        return len(self.tables[table])


def lay_over() -> dict[str, list[dict[str, Any]]]:
    ground = Ground(
        area=1, time_zone="Asia/Shanghai", faults=[(1, "projector", 50, 60)], products=[(1, "projector")],
        territories=[1], parts=[1, 2], price_list=1, technicians=[1], customers_end=1, taken=frozenset({"CCCC"}),
    )  # fmt: skip
    rows = Rows()
    History(rows, ground, requests=REQUESTS, now=NIGHT).write()
    return rows.tables


def test_numbers_and_codes_are_the_houses_own_and_none_comes_twice() -> None:
    tables = lay_over()

    numbers = [row["number"] for row in tables["service_requests"]]
    codes = [row["code"] for row in tables["visits"]]

    assert len(set(numbers)) == len(numbers) == REQUESTS
    assert all(map(is_request_number, numbers))
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {4}
    assert lay_over() == tables


def test_money_adds_up_and_each_event_is_chained_to_the_one_before() -> None:
    tables = lay_over()

    charged: dict[int, int] = defaultdict(int)
    for line in tables["settlement_lines"]:
        charged[line["settlement_id"]] += line["charged_cents"]
    chains: dict[str, str] = {}
    for event in tables["status_events"]:
        assert event["previous_hash"] == chains.get(event["subject"], FIRST_HASH)
        chains[event["subject"]] = event["hash"]

    assert [charged[number] for number in range(1, len(charged) + 1)] == [
        one["total_cents"] for one in tables["settlements"]
    ]
    assert len(chains) == REQUESTS


def test_every_row_names_each_column_that_a_table_insists_on_and_none_it_has_not() -> None:
    """COPY knows no defaults of ours: a column added to a model must be added here."""
    for name, rows in lay_over().items():
        columns = Base.metadata.tables[name].columns
        needed = {column.name for column in columns if not column.nullable and column.server_default is None} - {"id"}

        assert needed <= set(rows[0]) <= set(columns.keys()), name


@pytest.mark.parametrize("group", [CUSTOMERS, CALLS, MESSAGES])
def test_a_copy_of_a_row_takes_no_place_that_is_taken_and_belongs_to_the_copies_of_its_own(
    group: tuple[Kind, ...],
) -> None:
    multiplied = {kind.table for kind in group}
    for kind in group:
        table = Base.metadata.tables[kind.table]
        own = kind.changes.keys() | kind.follows.keys()
        assert own <= set(table.columns.keys())
        assert all(columns & own for columns in list_unique(table)), kind.table
        for column in table.columns:
            named = {key.column.table.name for key in column.foreign_keys} & multiplied - {kind.table}
            assert named == {kind.follows[column.name]} if named else column.name not in kind.follows


def list_unique(table: Table) -> list[set[str]]:
    """The columns of each constraint that lets nothing in twice, but for the row's own number."""
    columns = [{column.name} for column in table.columns if column.unique]
    return columns + [
        set(constraint.columns.keys()) for constraint in table.constraints if isinstance(constraint, UniqueConstraint)
    ]
