"""Files that may be one customer's: looked for when a file has changed, shown when somebody asks (C1).

Whatever is written of a customer, a number or a site counts as not compared from then on: its table sees to that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set as AbstractSet
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models import Customer, CustomerPhone, FileLikeness, Site
from models.customer import NOT_COMPARED
from policies.duplicates import FileFace, Likeness, LikenessReason, find_likenesses, mark_place

PORTION = 500
MOST_OLDER = 20
"""A switchboard's number may stand in hundreds of files: each is shown beside so many older ones."""
Ids = AbstractSet[int]


def list_likenesses(session: Session, *, most: int) -> list[Likeness]:
    """Return pairs of files that may be one and the same customer's, the likeliest first.

    What was found is judged anew: a file may have changed since, and wait to be compared.
    """
    first, second = aliased(Customer), aliased(Customer)
    weight = case(
        *((FileLikeness.reason == reason, place) for place, reason in enumerate(LikenessReason)),
        else_=len(LikenessReason),
    )
    found = session.execute(
        select(FileLikeness.first_id, FileLikeness.second_id)
        .join(first, first.id == FileLikeness.first_id)
        .join(second, second.id == FileLikeness.second_id)
        .where(_stands(first), _stands(second))
        .order_by(weight, FileLikeness.first_id, FileLikeness.second_id)
        .limit(most)
    ).all()
    faces = {face.customer_id: face for face in _read_faces(session, {id_ for pair in found for id_ in pair})}
    return [one for pair in found for one in find_likenesses(faces[id_] for id_ in pair)]


def compare_changed_files(session: Session) -> int:
    """Look anew for files like those that have changed, a portion of them; return how many were compared.

    They count as compared before they are read: what somebody changes meanwhile does not when he has committed.
    """
    sites = _claim(session, Site, Site.customer_id)
    changed = {
        *_claim(session, Customer, Customer.id).values(),
        *_claim(session, CustomerPhone, CustomerPhone.customer_id).values(),
        *sites.values(),
    }
    if changed:
        _mark_places(session, changed, claimed=sites.keys())
        _store_likenesses(session, changed)
    return len(changed)


def _claim(
    session: Session, table: type[Customer | CustomerPhone | Site], owner: InstrumentedAttribute[int]
) -> dict[int, int]:
    """Count rows of a table as compared, those that nobody is writing at the moment; return whose each is."""
    rows = select(table.id, owner).where(NOT_COMPARED).limit(PORTION).with_for_update(skip_locked=True)
    claimed = dict(session.execute(rows).all())
    if claimed:
        session.execute(update(table).where(table.id.in_(claimed)).values(is_compared=True))
    return claimed


def _mark_places(session: Session, changed: Ids, *, claimed: Ids) -> None:
    """Let the sites of these files be found by name and address.

    One that was not claimed may have been written meanwhile, and is compared once more.
    """
    rows = session.execute(
        select(Site.id, Site.likeness_mark, Site.address, Customer.name, _stands(Customer))
        .join(Customer, Customer.id == Site.customer_id)
        .where(Site.customer_id.in_(changed))
    )
    marks = (
        (id_, before, mark_place(name, address) if stands else None) for id_, before, address, name, stands in rows
    )
    moved = [
        {"id": id_, "likeness_mark": mark, "is_compared": id_ in claimed}
        for id_, before, mark in marks
        if mark != before
    ]
    if moved:
        session.execute(update(Site), moved)


def _store_likenesses(session: Session, changed: Ids) -> None:
    stored = FileLikeness.first_id.in_(changed) | FileLikeness.second_id.in_(changed)
    partners = {
        id_
        for pair in session.execute(select(FileLikeness.first_id, FileLikeness.second_id).where(stored))
        for id_ in pair
    }
    session.execute(delete(FileLikeness).where(stored))
    faces = _read_faces(session, changed | partners | _find_candidates(session, changed))
    rows: list[dict[str, Any]] = []
    older: Counter[int] = Counter()
    for pair in find_likenesses(faces):
        if {pair.first_id, pair.second_id} & changed and older[pair.second_id] < MOST_OLDER:
            older[pair.second_id] += 1
            rows.append({"first_id": pair.first_id, "second_id": pair.second_id, "reason": pair.reason})
    if rows:
        session.execute(insert(FileLikeness), rows)


def _find_candidates(session: Session, changed: Ids) -> set[int]:
    """Return the oldest files with a number, or a name and an address, of those that have changed."""
    shared = ((CustomerPhone.number, CustomerPhone.customer_id), (Site.likeness_mark, Site.customer_id))
    return {id_ for column, owner in shared for id_ in session.scalars(_oldest(column, owner, changed))}


def _oldest(column: InstrumentedAttribute[Any], owner: InstrumentedAttribute[int], changed: Ids) -> Select[int]:
    place = func.row_number().over(partition_by=column, order_by=owner).label("place")
    wanted = select(column).where(owner.in_(changed), column.is_not(None))
    ranked = select(owner.label("owner"), place).where(column.in_(wanted)).subquery()
    return select(ranked.c.owner).where(ranked.c.place <= MOST_OLDER)


def _read_faces(session: Session, ids: Ids) -> Iterator[FileFace]:
    """Yield what is compared of each of these files that still stands for itself."""
    phones = _by_file(
        session.execute(
            select(CustomerPhone.customer_id, CustomerPhone.number).where(CustomerPhone.customer_id.in_(ids))
        )
    )
    addresses = _by_file(session.execute(select(Site.customer_id, Site.address).where(Site.customer_id.in_(ids))))
    files = select(Customer.id, Customer.name).where(Customer.id.in_(ids), _stands(Customer)).order_by(Customer.id)
    for id_, name in session.execute(files):
        yield FileFace(id_, name, frozenset(phones[id_]), frozenset(addresses[id_]))


def _by_file(rows: Iterable[Any]) -> defaultdict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for id_, value in rows:
        found[id_].add(value)
    return found


def _stands(customer: type[Customer]) -> ColumnElement[bool]:
    """Whether a file was neither merged into another nor erased."""
    return customer.merged_into_id.is_(None) & customer.erased_at.is_(None)
