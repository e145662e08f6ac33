"""The books of the store: every line with its way back, and forms for what is moved, counted or asked for (P1, P5)."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Part, StockMove, StockPlace, Technician
from operations.foundation.portions import Portion
from operations.office.reorder_levels import change_reorder_level, find_last_reorder_change, read_reorder_level
from operations.parts.requisitions import request_from_store
from operations.parts.stock import (
    MoveCause,
    PartUnknown,
    PlaceUnknown,
    count_place,
    end_place,
    find_part,
    find_place,
    find_van,
    list_moves,
    list_our_places,
    move_stock,
    reverse_move,
)
from policies.parts import MoveKind, PlaceKind
from web.forms.form_fields import read_whole
from web.forms.form_filling import SHOWN_FIELD
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import STORE, STOREKEEPERS, for_roles
from web.foundation.paging import most_rows
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.layout.tables import Act, Cell, Field, Row, Table, carry_out, house_zone, local, request_cell, show_tables
from web.requests.part_words import MOST_UNITS, PART_REFUSALS, part_choices, read_units
from web.wording.sentences import in_language, say

stock_moves = Blueprint("stock_moves", __name__, url_prefix="/parts/moves")
LATEST_LINES = 100
LONGEST_NOTE = 200
LONGEST_SEARCH = 40
BY_HAND = {
    MoveKind.TRANSFER: None,
    MoveKind.RETURN: None,
    MoveKind.SCRAP: PlaceKind.SCRAP,
    MoveKind.RECEIPT: PlaceKind.SUPPLIER,
}
"""The moves a keeper writes down, and the end of the books that is their other place; None: another place of ours."""


@stock_moves.get("")
@for_roles(STORE)
def show() -> ResponseReturnValue:
    """The latest lines, of one part or of all, with what can be done."""
    search = request.args.get("part", "")[:LONGEST_SEARCH].strip().upper()
    with services().database.reading() as session:
        zone = house_zone(session)
        forms = _forms(session) if current_user.role in STOREKEEPERS else ()
        lists = {"known-parts": part_choices(session)} if forms else {}
        table = _moves(
            list_moves(session, part_number=search or None, most=most_rows(LATEST_LINES)), zone, forms, lists
        )
    return show_tables(title=say("stock_moves.title"), tables=[table])


@stock_moves.post("")
@for_roles(STOREKEEPERS)
def move() -> ResponseReturnValue:
    """Parts go from one place to another, onto the scrap, or come from a supplier."""
    kind = next((one for one in BY_HAND if one == request.form.get("kind")), None) or abort(400)

    def act(session: Session) -> None:
        end = BY_HAND[kind]
        from_place = None if end is PlaceKind.SUPPLIER else _place(session, "from")
        to_place = None if end is PlaceKind.SCRAP else _place(session, "to")
        move_stock(
            session,
            kind=kind,
            part=find_part(session, number=request.form.get("part", "")),
            quantity=read_units(request.form.get("units", "")),
            from_place=from_place or end_place(session, PlaceKind.SUPPLIER),
            to_place=to_place or end_place(session, PlaceKind.SCRAP),
            by=current_user.name,
            now=now(),
            cause=MoveCause(note=_note()),
        )

    return _carry_out(act)


@stock_moves.post("/<int:move_id>/reversal")
@for_roles(STOREKEEPERS)
def reverse(move_id: int) -> ResponseReturnValue:
    """A wrong line is put right by its opposite."""

    def act(session: Session) -> None:
        line = session.get(StockMove, move_id) or abort(404)
        reverse_move(session, move=line, by=current_user.name, now=now(), note=_note())

    return _carry_out(act)


@stock_moves.post("/counts")
@for_roles(STOREKEEPERS)
def count() -> ResponseReturnValue:
    """Somebody has counted a part in a place."""
    text = request.form.get("units", "").strip()
    units = 0 if text == "0" else read_units(text) or -1

    def act(session: Session) -> None:
        part = find_part(session, number=request.form.get("part", ""))
        count_place(session, place=_place(session, "place"), counted={part.id: units}, by=current_user.name, now=now())

    return _carry_out(act)


@stock_moves.get("/levels")
@for_roles(STOREKEEPERS)
def show_level() -> ResponseReturnValue:
    """From how many units on one part is ordered in one place, to be changed."""
    try:
        with services().database.reading() as session:
            place, part = _level_asked(session, request.args)
            table = _level(place, part, read_reorder_level(session, place=place, part=part))
    except (PartUnknown, PlaceUnknown) as unknown:
        flash(say(PART_REFUSALS[type(unknown)], why=str(unknown)), "trouble")
        return redirect(url_for("web.stock_moves.show"))
    return show_tables(title=say("stock_moves.set_level"), tables=[table])


@stock_moves.post("/levels")
@for_roles(STOREKEEPERS)
def set_level() -> ResponseReturnValue:
    """From how many units on a part is ordered in a place, and up to how many."""
    asked = request.form
    back_to = url_for("web.stock_moves.show_level", place=asked.get("place", ""), part=asked.get("part", ""))

    def act(session: Session) -> None:
        place, part = _level_asked(session, request.form)
        present = read_reorder_level(session, place=place, part=part, is_locked=True)
        last = find_last_reorder_change(session, place=place, part=part)
        at = local(last.occurred_at, house_zone(session)) if last else ""
        expect_shown(present, by=last.actor if last else "", at=at)
        change_reorder_level(
            session,
            place=place,
            part=part,
            reorder_point=read_whole("reorder_point", least=0, most=MOST_UNITS),
            reorder_up_to=read_whole("reorder_up_to", least=0, most=MOST_UNITS),
            by=current_user.name,
            now=now(),
        )

    return carry_out(act, refusals=PART_REFUSALS, back_to=back_to)


@stock_moves.post("/requisitions")
@for_roles(STOREKEEPERS)
def ask() -> ResponseReturnValue:
    """Somebody asks for parts for a technician's van; another approves."""

    def act(session: Session) -> None:
        technician = session.get(Technician, request.form.get("technician", type=row_id) or 0) or abort(404)
        request_from_store(
            session,
            van=find_van(session, technician_id=technician.id),
            wanted={
                find_part(session, number=request.form.get("part", "")).id: read_units(request.form.get("units", ""))
            },
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


def _carry_out(act: Callable[[Session], object]) -> ResponseReturnValue:
    return carry_out(act, refusals=PART_REFUSALS, back_to=url_for("web.stock_moves.show"))


def _place(session: Session, name: str) -> StockPlace:
    return find_place(session, code=request.form.get(name, ""))


def _note() -> str:
    return request.form.get("note", "").strip()[:LONGEST_NOTE]


def _moves(
    found: Portion[StockMove], zone: ZoneInfo, forms: Sequence[Act], lists: Mapping[str, Sequence[tuple[str, str]]]
) -> Table:
    reversed_ids = {one.reverses_id for one in found}
    rows = []
    for one in found:
        is_final = one.kind is MoveKind.REVERSAL or one.id in reversed_ids
        back = Act(
            url_for("web.stock_moves.reverse", move_id=one.id),
            say("stock_moves.reverse"),
            (Field("note", say("request_money.why")),),
        )
        request_of: Cell = request_cell(one.visit.request.number) if one.visit else ""
        rows.append(
            Row(
                (
                    local(one.moved_at, zone),
                    say(f"move_kind.{one.kind}"),
                    f"{one.quantity} × {one.part.number} {in_language(one.part, 'name')}",
                    f"{_place_name(one.from_place)} → {_place_name(one.to_place)}",
                    request_of,
                    one.moved_by,
                    one.note,
                ),
                (back,) if forms and not is_final else (),
            )
        )
    headers = [say(f"stock_moves.{name}") for name in ("at", "kind", "part", "way", "request", "by", "note")]
    return Table("moves", say("stock_moves.title"), headers, rows, say("stock_moves.none"), forms, lists, found.found)


def _level_asked(session: Session, asked: Mapping[str, str]) -> tuple[StockPlace, Part]:
    place = find_place(session, code=asked.get("place", ""))
    return place, find_part(session, number=asked.get("part", ""))


def _level(place: StockPlace, part: Part, present: Mapping[str, str]) -> Table:
    fields = (
        Field("place", "", "hidden", place.code),
        Field("part", "", "hidden", part.number),
        Field(SHOWN_FIELD, "", "hidden", write_shown(present)),
        Field("reorder_point", say("parts.reorder_point"), "number", present["reorder_point"]),
        Field("reorder_up_to", say("stock_moves.up_to"), "number", present["reorder_up_to"]),
    )
    rows = [
        Row((say("parts.number"), f"{part.number} {in_language(part, 'name')}")),
        Row((say("parts.place"), _place_name(place))),
    ]
    act = Act(url_for("web.stock_moves.set_level"), say("stock_moves.set_level"), fields)
    return Table("level", say("stock_moves.set_level"), (), rows, "", (act,))


def _place_name(place: StockPlace) -> str:
    return (
        in_language(place, "name")
        if place.kind in (PlaceKind.WAREHOUSE, PlaceKind.VAN)
        else say(f"place_kind.{place.kind}")
    )


def _forms(session: Session) -> tuple[Act, ...]:
    places = [(one.code, in_language(one, "name")) for one in list_our_places(session)]
    vans = [
        (str(one.technician_id), in_language(one, "name"))
        for one in list_our_places(session)
        if one.technician_id is not None
    ]
    part = Field("part", say("parts.number"), suggests="known-parts")
    units = Field("units", say("parts.units"), "number", value="1")
    kinds = [(str(kind), say(f"move_kind.{kind}")) for kind in BY_HAND]
    return (
        Act(
            url_for("web.stock_moves.move"),
            say("stock_moves.move"),
            (
                Field("kind", say("stock_moves.kind"), "choice", choices=kinds),
                part,
                units,
                Field("from", say("stock_moves.from"), "choice", choices=places),
                Field("to", say("stock_moves.to"), "choice", choices=places),
                Field("note", say("stock_moves.note"), is_required=False),
            ),
        ),
        Act(
            url_for("web.stock_moves.count"),
            say("stock_moves.count"),
            (
                Field("place", say("parts.place"), "choice", choices=places),
                part,
                Field("units", say("stock_moves.found"), "number"),
            ),
        ),
        Act(
            url_for("web.stock_moves.show_level"),
            say("stock_moves.set_level"),
            (Field("place", say("parts.place"), "choice", choices=places), part),
            method="get",
        ),
        *(
            (
                Act(
                    url_for("web.stock_moves.ask"),
                    say("stock_moves.ask"),
                    (Field("technician", say("stock_moves.van"), "choice", choices=vans), part, units),
                ),
            )
            if vans
            else ()
        ),
    )
