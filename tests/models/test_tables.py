"""Rules every table keeps, so that a country's rows stay quick to find (DESIGN, "How it grows")."""

import pytest
from sqlalchemy import DateTime, Table, UniqueConstraint

from models import Base
from models.base import UtcDateTime

TABLES = list(Base.metadata.sorted_tables)
# Foreign keys without an index of their own, and why nobody searches by them.
WITHOUT_INDEX = {
    "calls.area_id": "for partitioning; calls are listed by time",
    "duty_turns.area_id": "some dozens of rows, read by time",
    "fault_categories.skill_id": "some dozens of rows, read by family",
    "clock_alarms.accepted_turn_id": "read with its alarm; nobody asks for somebody's alarms",
    "hook_deliveries.event_id": "read with its delivery; events are never deleted",
    "returns.replacement_product_id": "read with its return; a product is never deleted",
    "major_faults.accepted_turn_id": "read with its fault; nobody asks for somebody's faults",
    "service_requests.fault_category_id": "reports read by time; a fault category is never deleted",
    "technician_skills.skill_id": "some hundreds of rows, read by technician",
    "work_reports.agreed_signature_id": "read with its report; a file's request is found by its own column",
    "work_reports.customer_signature_id": "likewise",
    "work_reports.technician_signature_id": "likewise",
    "work_reports.next_visit_id": "read with its report; the next visit is found by its request",
    "told_stops.shift_id": "read with its technician, who has a handful",
    "entitlement_decisions.asset_id": "read with its request",
    "asset_transfers.from_customer_id": "read with its machine",
    "asset_transfers.to_customer_id": "likewise",
    "agent_rings.message_id": "read with its place in the queue",
    "agent_rings.duty_turn_id": "likewise",
    "plan_events.proposal_id": "read with its event, which its area finds",
    "warranty_terms.product_id": "a few dozen rows, read as a whole",
    "commitments.area_id": "counted by period first",
    "coverage_lines.product_id": "read with its agreement",
    "expenses.visit_id": "read with its technician and state",
    "expenses.receipt_id": "read with its expense; a file says itself whose it is",
    "settlements.decision_id": "read with its request",
    "settlements.price_list_id": "likewise",
    "plan_moves.from_shift_id": "read with its visit",
    "plan_moves.to_shift_id": "likewise",
    "queue_entries.customer_id": "read with its call",
    "queue_entries.complaint_id": "likewise",
}


def indexed_first(table: Table) -> set[str]:
    """The columns by which the table can be searched without looking at every row."""
    keys = [list(table.primary_key.columns)]
    keys += [list(index.columns) for index in table.indexes]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    return {columns[0].name for columns in keys if columns}


def foreign_keys(table: Table) -> set[str]:
    return {f"{table.name}.{column.name}" for column in table.columns if column.foreign_keys}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_foreign_key_is_indexed_or_says_why_not(table: Table) -> None:
    indexed = {f"{table.name}.{column}" for column in indexed_first(table)}

    assert foreign_keys(table) - indexed == {name for name in WITHOUT_INDEX if name.startswith(f"{table.name}.")}


def test_every_reason_is_about_a_foreign_key_there_is() -> None:
    assert set(WITHOUT_INDEX) <= {name for table in TABLES for name in foreign_keys(table)}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_instant_is_aware(table: Table) -> None:
    naive = [c.name for c in table.columns if isinstance(c.type, DateTime) and not isinstance(c.type, UtcDateTime)]

    assert naive == []
    assert all(isinstance(c.type, UtcDateTime) for c in table.columns if c.name.endswith("_at"))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_constraint_has_a_name_that_a_migration_can_use(table: Table) -> None:
    constraints = [one.name for one in table.constraints]
    names = [*constraints, *(index.name for index in table.indexes)]

    assert all(names)
    assert all(len(str(name)) <= 63 for name in names)  # PostgreSQL cuts longer ones
