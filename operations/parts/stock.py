"""Parts move by lines alone, from one place into another, and never more than is there (P1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, contains_eager, joinedload

from models import Part, Reservation, StockLevel, StockMove, StockPlace, Technician, Visit
from operations.foundation.portions import Portion, read_portion
from operations.planning.live_plan import lock_live_plan, take_step
from policies.parts import OURS, MoveKind, PlaceKind, ReservationState, check_move


class StockShort(ValueError):
    """There are not so many units in that place; nothing moved. `held` says how many there are."""

    field = "units"

    def __init__(self, place: StockPlace, part: Part, *, wanted: int, held: int) -> None:
        super().__init__(f"{place.code}: {wanted} {part.number} wanted, {held} there")
        self.place_code, self.part_number, self.wanted, self.held = place.code, part.number, wanted, held


class PartNotOnVan(StockShort):
    """A technician reports a part as used that is not on the van: issue it first, or count the van."""

    field = "units"


class NoVan(ValueError):
    """The technician has no van in the books yet; add it with `open_van`."""


class PartUnknown(LookupError):
    """The catalogue has no part of this number."""

    field = "part"


class PlaceUnknown(LookupError):
    """We keep no parts in a place of this code."""


class MoveReversedAlready(ValueError):
    """The move has been reversed, or is a reversal itself; history is not rewritten."""


class EmptyMove(ValueError):
    """A move needs at least one unit."""

    field = "units"


@dataclass(frozen=True, slots=True)
class MoveCause:
    """What a move belongs to."""

    visit_id: int | None = None
    requisition_id: int | None = None
    note: str = ""


def move_stock(
    session: Session,
    *,
    kind: MoveKind,
    part: Part,
    quantity: int,
    from_place: StockPlace,
    to_place: StockPlace,
    by: str,
    now: dt.datetime,
    cause: MoveCause | None = None,
) -> StockMove:
    """Move units and write the line; StockShort where they are not, StockMoveRefused where they may not go.

    Two who take the last unit at once take turns; the second is refused.
    """
    check_move(kind, from_place.kind, to_place.kind)
    return _write_move(session, kind, part, quantity, from_place, to_place, by=by, now=now, cause=cause or MoveCause())


def reverse_move(session: Session, *, move: StockMove, by: str, now: dt.datetime, note: str) -> StockMove:
    """Put a wrong line right by its opposite; a line is reversed once, and a reversal never (MoveReversedAlready)."""
    is_reversed = session.scalar(select(StockMove.id).where(StockMove.reverses_id == move.id)) is not None
    if is_reversed or move.kind is MoveKind.REVERSAL:
        raise MoveReversedAlready(str(move.id))
    cause = MoveCause(move.visit_id, move.requisition_id, note)
    line = _write_move(
        session,
        MoveKind.REVERSAL,
        move.part,
        move.quantity,
        move.to_place,
        move.from_place,
        by=by,
        now=now,
        cause=cause,
    )
    line.reverses_id = move.id
    session.flush()
    return line


def use_part(session: Session, *, visit: Visit, part: Part, quantity: int, by: str, now: dt.datetime) -> StockMove:
    """A technician fits a part from the van at the customer's; PartNotOnVan when the books do not have it there.

    What was reserved for the visit is used up with it.
    """
    van = find_van(session, technician_id=visit.technician_id)
    try:
        move = move_stock(
            session,
            kind=MoveKind.USE,
            part=part,
            quantity=quantity,
            from_place=van,
            to_place=end_place(session, PlaceKind.CUSTOMER),
            by=by,
            now=now,
            cause=MoveCause(visit_id=visit.id),
        )
    except StockShort as short:
        raise PartNotOnVan(van, part, wanted=quantity, held=short.held) from short
    for reservation in session.scalars(
        select(Reservation).where(
            Reservation.visit_id == visit.id,
            Reservation.part_id == part.id,
            Reservation.state == ReservationState.OPEN,
        )
    ):
        reservation.state = ReservationState.USED
    session.flush()
    return move


def count_place(
    session: Session, *, place: StockPlace, counted: Mapping[int, int], by: str, now: dt.datetime
) -> list[StockMove]:
    """Bring the books in line with a count, part id → units found: one line per difference; equal ones leave none.

    Parts that `counted` does not name stay as they are.
    """
    if min(counted.values(), default=0) < 0:
        raise EmptyMove("a count cannot be below nothing")
    outside = end_place(session, PlaceKind.DIFFERENCE)
    lines = []
    for part_id, found in sorted(counted.items()):
        held = held_units(session, place_id=place.id, part_id=part_id)
        if found == held:
            continue
        line = move_stock(
            session,
            kind=MoveKind.COUNT,
            part=session.get_one(Part, part_id),
            quantity=abs(found - held),
            from_place=outside if found > held else place,
            to_place=place if found > held else outside,
            by=by,
            now=now,
            cause=MoveCause(note=f"{held} → {found}"),
        )
        lines.append(line)
    return lines


def held_units(session: Session, *, place_id: int, part_id: int) -> int:
    """Return how many units lie in a place, as the books have it."""
    query = select(StockLevel.quantity).where(StockLevel.place_id == place_id, StockLevel.part_id == part_id)
    return session.scalar(query) or 0


def find_van(session: Session, *, technician_id: int | None) -> StockPlace:
    """Return a technician's van; NoVan when the books have none."""
    van = session.scalars(select(StockPlace).where(StockPlace.technician_id == technician_id)).one_or_none()
    if technician_id is None or van is None:
        raise NoVan(str(technician_id))
    return van


def find_part(session: Session, *, number: str) -> Part:
    """Return the part of this number, however it is written; raises PartUnknown."""
    part = session.scalars(select(Part).where(Part.number == number.strip().upper())).one_or_none()
    if part is None:
        raise PartUnknown(number.strip() or "–")
    return part


def list_parts(session: Session, numbers: Collection[str]) -> Sequence[Part]:
    """Return the parts of these numbers that the catalogue has, by number."""
    return session.scalars(select(Part).where(Part.number.in_(numbers)).order_by(Part.number)).all() if numbers else []


def find_place(session: Session, *, code: str) -> StockPlace:
    """Return the warehouse or van of this code; raises PlaceUnknown."""
    place = session.scalars(select(StockPlace).where(StockPlace.code == code, StockPlace.kind.in_(OURS))).one_or_none()
    if place is None:
        raise PlaceUnknown(code or "–")
    return place


def list_our_places(session: Session) -> Sequence[StockPlace]:
    """Return where we keep parts: warehouses first, then vans, by code."""
    places = session.scalars(select(StockPlace).where(StockPlace.kind.in_(OURS)).order_by(StockPlace.code)).all()
    return sorted(places, key=lambda place: (place.kind is PlaceKind.VAN, place.code))


def list_moves(session: Session, *, part_number: str | None = None, most: int) -> Portion[StockMove]:
    """Return the latest lines of the books, of one part or of all, the newest first."""
    query = (
        select(StockMove)
        .join(StockMove.part)
        .order_by(StockMove.moved_at.desc(), StockMove.id.desc())
        .options(
            contains_eager(StockMove.part),
            joinedload(StockMove.from_place),
            joinedload(StockMove.to_place),
            joinedload(StockMove.visit).joinedload(Visit.request),
        )
    )
    if part_number is not None:
        query = query.where(Part.number == part_number)
    return read_portion(session, query, most=most)


def open_van(session: Session, *, technician: Technician) -> StockPlace:
    """Return a technician's van, new in the books if need be."""
    van = session.scalars(select(StockPlace).where(StockPlace.technician_id == technician.id)).one_or_none()
    if van is None:
        van = StockPlace(
            code=f"van-{technician.number}",
            kind=PlaceKind.VAN,
            name=technician.name,
            name_en=technician.name_en,
            area_id=technician.area_id,
            technician_id=technician.id,
        )
        session.add(van)
        session.flush()
    return van


def end_place(session: Session, kind: PlaceKind) -> StockPlace:
    """Return the one place of a kind that closes the books: customers, suppliers, scrap, differences."""
    place = session.scalars(select(StockPlace).where(StockPlace.code == str(kind))).one_or_none()
    if place is None:
        place = StockPlace(code=str(kind), kind=kind, name=str(kind), name_en=str(kind))
        session.add(place)
        session.flush()
    return place


def _write_move(
    session: Session,
    kind: MoveKind,
    part: Part,
    quantity: int,
    from_place: StockPlace,
    to_place: StockPlace,
    *,
    by: str,
    now: dt.datetime,
    cause: MoveCause,
) -> StockMove:
    if quantity < 1:
        raise EmptyMove(f"{quantity} {part.number}")
    session.flush()
    # Before any stock: whoever holds a plan may want stock next, and two must not wait for each other.
    _step_where_wanted(session, part, (from_place, to_place), now=now)
    if from_place.kind in OURS:
        _take(session, from_place, part, quantity)
    if to_place.kind in OURS:
        _put(session, to_place, part, quantity)
    move = StockMove(
        kind=kind,
        part=part,
        quantity=quantity,
        from_place=from_place,
        to_place=to_place,
        moved_at=now,
        moved_by=by,
        note=cause.note,
        visit_id=cause.visit_id,
        requisition_id=cause.requisition_id,
    )
    session.add(move)
    session.flush()
    return move


def _take(session: Session, place: StockPlace, part: Part, quantity: int) -> None:
    taken = session.execute(
        update(StockLevel)
        .where(StockLevel.place_id == place.id, StockLevel.part_id == part.id, StockLevel.quantity >= quantity)
        .values(quantity=StockLevel.quantity - quantity)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        held = held_units(session, place_id=place.id, part_id=part.id)
        raise StockShort(place, part, wanted=quantity, held=held)
    _forget_levels(session)


def _put(session: Session, place: StockPlace, part: Part, quantity: int) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(StockLevel).values(
        place_id=place.id, part_id=part.id, quantity=quantity, reorder_point=0, reorder_up_to=0
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=[StockLevel.place_id, StockLevel.part_id],
            set_={"quantity": StockLevel.quantity + quantity},
        )
    )
    _forget_levels(session)


def _forget_levels(session: Session) -> None:
    # Whoever holds a level as an object must see what the statements above wrote.
    for row in session.identity_map.values():
        if isinstance(row, StockLevel):
            session.expire(row)


def _step_where_wanted(session: Session, part: Part, places: tuple[StockPlace, ...], *, now: dt.datetime) -> None:
    """Whoever is planning visits that need this part looks again."""
    for area_id in sorted({place.area_id for place in places if place.area_id is not None}):
        wanted = (
            select(Reservation.id)
            .join(Visit)
            .where(
                Reservation.part_id == part.id,
                Reservation.state == ReservationState.OPEN,
                Reservation.is_required,
                Visit.area_id == area_id,
            )
        )
        if session.scalar(wanted.limit(1)) is not None:
            take_step(session, plan=lock_live_plan(session, area_id=area_id, now=now), now=now)
