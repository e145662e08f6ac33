"""The dates of active service, written a year ahead for each machine of a plan, some hundred at a time (F3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Agreement, Asset, CareDate, CoverageLine, CustomerCall, PreventivePlan, Product
from operations.money.entitlement import names_asset
from policies.agreements import AgreementState
from policies.care import CareState, list_due_dates

AHEAD = dt.timedelta(days=400)
"""How far dates are written: the calendar shows a year."""
AGAIN_AFTER = dt.timedelta(days=7)
"""So often all machines of a plan are gone through again; new machines and changed plans at once."""
MACHINES_A_STEP = 500
ROWS_PER_INSERT = 150
Bought = Mapping[int, dt.date | None]


def find_plan_to_write(session: Session, *, now: dt.datetime) -> int | None:
    """Return a plan with machines that have not been gone through, or None."""
    for plan in session.scalars(select(PreventivePlan).where(PreventivePlan.is_active).order_by(PreventivePlan.id)):
        if _is_due_again(plan, now) or _next_machines(session, plan, limit=1):
            return plan.id
    return None


def write_dates(session: Session, *, plan_id: int, now: dt.datetime) -> int:
    """Write what is missing for the next machines of a plan; return how many dates were new.

    A date is made once for all time: one that was moved, skipped or done is not made again. Dates nobody has touched,
    which the plan's settings or the machine's papers no longer give, are taken out. What an agreement owes no more is
    left out, and what one owes is left to its own plan (C6).
    """
    plan = session.scalars(select(PreventivePlan).where(PreventivePlan.id == plan_id).with_for_update()).one()
    if _is_due_again(plan, now):
        plan.written_until_on, plan.written_asset_id = now.date() + AHEAD, 0
        _leave_out_what_is_not_owed(session, plan)
    machines = _next_machines(session, plan, limit=MACHINES_A_STEP)
    if not machines:
        return 0
    wanted = _due_dates(plan, machines, today=now.date()) - _owed_by_others(session, plan, machines, today=now.date())
    known = _untouched_dates(session, plan, machines, today=now.date())
    _take_out(session, [care_id for key, care_id in known.items() if key not in wanted])
    made = _insert_new(session, plan, sorted(wanted - known.keys()))
    plan.written_asset_id = max(machines)
    session.flush()
    return made


def write_again(plan: PreventivePlan) -> None:
    """Go through all machines of a plan again, for its settings have changed."""
    plan.written_until_on = None


def hand_over_dates(session: Session, *, old: Asset, new: Asset) -> None:
    """Keep for the machine that stands in another's place what was planned for that one."""
    session.execute(
        update(CareDate).where(CareDate.asset_id == old.id, CareDate.state == CareState.PLANNED).values(asset_id=new.id)
    )


def _is_due_again(plan: PreventivePlan, now: dt.datetime) -> bool:
    return plan.written_until_on is None or plan.written_until_on + AGAIN_AFTER <= now.date() + AHEAD


def _next_machines(session: Session, plan: PreventivePlan, *, limit: int) -> Bought:
    """Machines that stand with somebody, from where the last step ended, with the day each was bought."""
    query = (
        select(Asset.id, Asset.purchased_on)
        .where(Asset.id > plan.written_asset_id, Asset.replaced_by_id.is_(None))
        .order_by(Asset.id)
        .limit(limit)
    )
    if plan.family is not None:
        query = query.join(Product, Product.id == Asset.product_id).where(Product.family == plan.family)
    if plan.agreement_id is not None:
        query = query.where(_is_covered(plan.agreement_id))
    return dict(session.execute(query).all())


def _is_covered(agreement_id: int) -> ColumnElement[bool]:
    """Whether a machine is the customer's whose agreement is in force, and one of its lines names it."""
    return exists().where(
        Agreement.id == agreement_id,
        Agreement.state == AgreementState.APPROVED,
        Agreement.customer_id == Asset.customer_id,
        CoverageLine.agreement_id == Agreement.id,
        names_asset(Asset),
    )


def _leave_out_what_is_not_owed(session: Session, plan: PreventivePlan) -> None:
    """An agreement that has ended, or that does not cover a machine any more, owes it no visit."""
    if plan.agreement_id is None:
        return
    covered = select(Asset.id).where(_is_covered(plan.agreement_id))
    session.execute(
        update(CareDate)
        .where(CareDate.plan_id == plan.id, CareDate.state == CareState.PLANNED, CareDate.asset_id.not_in(covered))
        .values(state=CareState.SKIPPED)
        .execution_options(synchronize_session="fetch")
    )


def _owed_by_others(
    session: Session, plan: PreventivePlan, machines: Bought, *, today: dt.date
) -> set[tuple[int, dt.date]]:
    """The dates of a general plan on which an agreement's own plan of the same kind sees to the machine."""
    if plan.agreement_id is not None:
        return set()
    others = session.scalars(
        select(PreventivePlan).where(
            PreventivePlan.kind == plan.kind, PreventivePlan.is_active, PreventivePlan.agreement_id.is_not(None)
        )
    )
    owed: set[tuple[int, dt.date]] = set()
    for other in others:
        assert other.agreement_id is not None  # noqa: S101 - the query asks for it
        covered = select(Asset.id).where(Asset.id.in_(machines), _is_covered(other.agreement_id))
        theirs = {asset_id: machines[asset_id] for asset_id in session.scalars(covered)}
        first_on, end_on = _term(other)
        owed |= {
            (asset_id, on)
            for asset_id, on in _due_dates(plan, theirs, today=today)
            if first_on <= on and (end_on is None or on < end_on)
        }
    return owed


def _term(plan: PreventivePlan) -> tuple[dt.date, dt.date | None]:
    """The plan's first day and the day after its last one; None where it has no end."""
    if plan.agreement is None:
        return plan.starts_on, None
    return max(plan.starts_on, plan.agreement.from_on), plan.agreement.until_on


def _due_dates(plan: PreventivePlan, machines: Bought, *, today: dt.date) -> set[tuple[int, dt.date]]:
    first_on, end_on = _term(plan)
    return {
        (asset_id, due_on)
        for asset_id, purchased_on in machines.items()
        for due_on in list_due_dates(
            plan.dates,
            anchor_on=max(plan.starts_on, purchased_on or plan.starts_on),
            from_on=max(today, first_on),
            until_on=min(today + AHEAD, end_on or dt.date.max),
        )
    }


def _untouched_dates(
    session: Session, plan: PreventivePlan, machines: Bought, *, today: dt.date
) -> dict[tuple[int, dt.date], int]:
    """Dates to come that stand as they were made: neither moved nor called about."""
    rows = session.execute(
        select(CareDate.asset_id, CareDate.due_on, CareDate.id).where(
            CareDate.plan_id == plan.id,
            CareDate.asset_id.in_(machines),
            CareDate.due_on > today,
            CareDate.state == CareState.PLANNED,
            func.length(CareDate.changed_by) == 0,
            ~exists().where(CustomerCall.care_date_id == CareDate.id),
        )
    )
    return {(asset_id, due_on): care_id for asset_id, due_on, care_id in rows}


def _take_out(session: Session, care_ids: Sequence[int]) -> None:
    for start in range(0, len(care_ids), ROWS_PER_INSERT):
        session.execute(delete(CareDate).where(CareDate.id.in_(care_ids[start : start + ROWS_PER_INSERT])))


def _insert_new(session: Session, plan: PreventivePlan, keys: Sequence[tuple[int, dt.date]]) -> int:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "plan_id": plan.id,
            "asset_id": asset_id,
            "due_on": due_on,
            "wanted_on": due_on,
            "state": CareState.PLANNED,
            "changed_by": "",
            "note": "",
        }
        for asset_id, due_on in keys
    ]
    made = 0
    for start in range(0, len(rows), ROWS_PER_INSERT):
        statement = insert(CareDate).values(rows[start : start + ROWS_PER_INSERT]).on_conflict_do_nothing()
        made += len(session.scalars(statement.returning(CareDate.id)).all())
    return made
