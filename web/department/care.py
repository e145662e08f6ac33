"""The calendar of active service: what is planned when, moved, left out, done (F3)."""

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import CareDate
from operations.aftercare.care import list_care, move_date, note_contact, skip_date
from policies.care import VISITS, CareMoveRefused, CareOutOfTolerance, CareState
from web.forms.form_fields import Refusals, read_day, read_text
from web.foundation.access import HELPERS, OFFICE, for_roles
from web.foundation.services import now, services
from web.layout.tables import Act, Field, Link, Mark, Row, Table, carry_out, house_zone, show_tables
from web.wording.sentences import in_language, say
from web.wording.words import Tone

care = Blueprint("care", __name__, url_prefix="/care")
LONGEST_NOTE = 200
TONES = {CareState.DONE: Tone.KEPT, CareState.SKIPPED: Tone.BROKEN, CareState.RELEASED: Tone.NEAR}
REFUSALS: Refusals = {CareMoveRefused: "tables.too_late", CareOutOfTolerance: "care.out_of_tolerance"}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month's sheet."""

    on: dt.date
    is_inside: bool
    is_chosen: bool
    planned: int
    released: int
    done: int


@care.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """A month at a glance, and one day of it in full."""
    with services().database.reading() as session:
        zone = house_zone(session)
        chosen_on = _read_day(request.args.get("on")) or now().astimezone(zone).date()
        weeks = calendar.Calendar().monthdatescalendar(chosen_on.year, chosen_on.month)
        found = list_care(session, from_on=weeks[0][0], until_on=weeks[-1][-1] + dt.timedelta(days=1))
        counts = Counter((one.wanted_on, one.state) for one in found)
        rows = [_row(one) for one in found if one.wanted_on == chosen_on]
    sheet = [[_day(on, chosen_on, counts) for on in week] for week in weeks]
    headers = [say(f"care.{name}") for name in ("plan", "customer", "machine", "due", "state", "request")]
    table = Table("day", say("care.day", day=chosen_on.isoformat()), headers, rows, say("care.none"))
    first = chosen_on.replace(day=1)
    return show_tables(
        template="care.html",
        title=say("nav.care"),
        tables=[table],
        sheet=sheet,
        month=f"{first:%Y-%m}",
        before=(first - dt.timedelta(days=1)).isoformat(),
        after=(first + dt.timedelta(days=32)).replace(day=1).isoformat(),
    )


@care.post("/<int:care_id>/<step>")
@for_roles(HELPERS)
def change(care_id: int, step: str) -> ResponseReturnValue:
    """Move a date, leave it out, or note that the customer was spoken with."""
    if step not in {"move", "skip", "done"}:
        abort(404)

    def act(session: Session) -> None:
        note, by = read_text("note", longest=LONGEST_NOTE), current_user.name
        one = session.get(CareDate, care_id) or abort(404)
        steps: dict[str, Callable[[], None]] = {
            "move": lambda: move_date(session, care=one, wanted_on=read_day("wanted_on"), by=by, note=note),
            "skip": lambda: skip_date(session, care=one, by=by, note=note),
            "done": lambda: note_contact(session, care=one, by=by, note=note, now=now()),
        }
        steps[step]()

    back_to = url_for("web.care.show", on=request.form.get("back") or None)
    return carry_out(act, refusals=REFUSALS, back_to=back_to)


def _read_day(text: str | None) -> dt.date | None:
    try:
        on = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return on if dt.date(2000, 1, 1) <= on <= dt.date(2100, 1, 1) else None


def _day(on: dt.date, chosen_on: dt.date, counts: Counter[tuple[dt.date, CareState]]) -> Day:
    planned, released, done = (counts[on, state] for state in (CareState.PLANNED, CareState.RELEASED, CareState.DONE))
    return Day(on, on.month == chosen_on.month, on == chosen_on, planned, released, done)


def _row(one: CareDate) -> Row:
    link = Link(one.request.number, url_for("web.requests.show", number=one.request.number)) if one.request else ""
    cells = (
        in_language(one.plan, "name"),
        in_language(one.asset.customer, "name"),
        f"{in_language(one.asset.product, 'name')} {one.asset.serial}",
        one.due_on.isoformat(),
        Mark(say(f"care_state.{one.state}"), TONES.get(one.state, Tone.CALM)),
        link,
    )
    return Row(cells, _acts(one))


def _acts(one: CareDate) -> list[Act]:
    if current_user.role not in HELPERS or one.state is not CareState.PLANNED:
        return []
    note = Field("note", say("care.note"), is_required=False)
    back = Field("back", "", "hidden", one.wanted_on.isoformat())
    day = Field("wanted_on", say("care.wanted"), "date", one.wanted_on.isoformat())
    acts = [_act(one, "move", day, note, back), _act(one, "skip", note, back)]
    return acts if one.plan.kind in VISITS else [_act(one, "done", note, back), *acts]


def _act(one: CareDate, step: str, *fields: Field) -> Act:
    return Act(url_for("web.care.change", care_id=one.id, step=step), say(f"care.{step}"), fields)
