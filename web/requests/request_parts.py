"""The parts a request's visits need: kept, where each comes from, and what visits like this one used (P2)."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Reservation, ServiceRequest, Visit
from operations.office.request_file import find_request_file
from operations.parts.part_supply import VisitPart, list_visit_parts
from operations.parts.pick_up_messages import tell_pick_ups
from operations.parts.reservations import LikelyPart, find_likely_parts, release_parts, reserve_part
from operations.parts.stock import find_part
from policies.visit_states import ENDED
from web.forms.form_fields import known, read_text
from web.foundation.access import HANDLERS, STORE, for_roles
from web.foundation.services import now, services
from web.layout.navigation import may_open
from web.layout.tables import Act, Field, Mark, Row, Table, carry_out, local, show_tables
from web.requests.part_words import PART_REFUSALS, SOURCE_TONES, part_choices, read_units, source_words
from web.wording.sentences import in_language, say
from web.wording.words import Tone

request_parts = Blueprint("request_parts", __name__, url_prefix="/requests/<number>/parts")


@request_parts.get("")
@for_roles(STORE)
def show(number: str) -> ResponseReturnValue:
    """What is kept for the visits to come, and what visits for this fault mostly used."""
    with services().database.reading() as session:
        file = find_request_file(session, number=number) or abort(404)
        matter = file.request
        zone = ZoneInfo(matter.site.time_zone if matter.site else "UTC")
        visits = [visit for visit in file.visits if visit.state not in ENDED]
        fault = matter.fault_category_id
        likely = find_likely_parts(session, fault_category_id=fault, now=now()) if fault else []
        kept = list_visit_parts(session, now=now(), request_id=matter.id)
        tables = [_kept(session, matter, visits, kept, zone), _likely(matter, visits, likely)]
    is_office = may_open("web.requests.show")
    back_to = url_for("web.requests.show", number=number) if is_office else url_for("web.parts.show")
    title = say("request_parts.title", number=number)
    return show_tables(template="request_parts.html", title=title, tables=tables, number=number, back_to=back_to)


@request_parts.post("")
@for_roles(HANDLERS)
def keep(number: str) -> ResponseReturnValue:
    """Parts are kept for a visit; its technician hears where he fetches them."""

    def act(session: Session) -> None:
        visit = known(_visit(session, number, read_text("visit")), "visit")
        reserve_part(
            session,
            visit=visit,
            part=find_part(session, number=request.form.get("part", "")),
            quantity=read_units(request.form.get("units", "")),
            is_required=request.form.get("required") == "1",
            by=current_user.name,
            now=now(),
        )
        tell_pick_ups(session, technician_id=visit.technician_id, now=now())

    return _carry_out(number, act)


@request_parts.post("/<int:reservation_id>")
@for_roles(HANDLERS)
def release(number: str, reservation_id: int) -> ResponseReturnValue:
    """The visit does without it."""

    def act(session: Session) -> None:
        kept = session.get(Reservation, reservation_id)
        if kept is None or kept.visit.request.number != number:
            abort(404)
        release_parts(session, visit=kept.visit, part_ids=[kept.part_id], now=now())

    return _carry_out(number, act)


def _visit(session: Session, number: str, code: str) -> Visit | None:
    file = find_request_file(session, number=number) or abort(404)
    return next((visit for visit in file.visits if visit.code == code), None)


def _carry_out(number: str, act: Callable[[Session], object]) -> ResponseReturnValue:
    return carry_out(act, refusals=PART_REFUSALS, back_to=url_for("web.request_parts.show", number=number))


def _kept(
    session: Session, matter: ServiceRequest, visits: Sequence[Visit], kept: Sequence[VisitPart], zone: ZoneInfo
) -> Table:
    may_act = current_user.role in HANDLERS
    rows = []
    for one in kept:
        row = one.reservation
        release_act = Act(
            url_for("web.request_parts.release", number=matter.number, reservation_id=row.id),
            say("request_parts.release"),
        )
        rows.append(
            Row(
                (
                    row.visit.code,
                    local(row.visit.window_from_at, zone),
                    in_language(row.visit.technician, "name") if row.visit.technician else "",
                    f"{row.quantity} × {row.part.number} {in_language(row.part, 'name')}",
                    say("request_parts.required" if row.is_required else "request_parts.taken_along"),
                    Mark(source_words(one, zone), SOURCE_TONES.get(one.source, Tone.CALM)),
                ),
                (release_act,) if may_act else (),
            )
        )
    headers = [say(f"request_parts.{name}") for name in ("visit", "window", "technician", "part", "need", "source")]
    acts = (_keep_act(matter, visits),) if may_act and visits else ()
    lists = {"known-parts": part_choices(session)} if acts else {}
    return Table("kept", say("request_parts.kept"), headers, rows, say("request_parts.kept_none"), acts, lists)


def _keep_act(matter: ServiceRequest, visits: Sequence[Visit]) -> Act:
    needs = [("1", say("request_parts.required")), ("0", say("request_parts.taken_along"))]
    return Act(
        url_for("web.request_parts.keep", number=matter.number),
        say("request_parts.keep"),
        (
            Field("visit", say("request_parts.visit"), "choice", choices=[(one.code, one.code) for one in visits]),
            Field("part", say("parts.number"), suggests="known-parts"),
            Field("units", say("parts.units"), "number", value="1"),
            Field("required", say("request_parts.need"), "choice", choices=needs),
        ),
    )


def _likely(matter: ServiceRequest, visits: Sequence[Visit], likely: Sequence[LikelyPart]) -> Table:
    may_act = current_user.role in HANDLERS and bool(visits)
    rows = []
    for one in likely:
        fields = (
            Field("visit", "", "hidden", visits[0].code if visits else ""),
            Field("part", "", "hidden", one.part.number),
            Field("units", "", "hidden", str(one.quantity)),
            Field("required", "", "hidden", "1"),
        )
        keep_act = Act(url_for("web.request_parts.keep", number=matter.number), say("request_parts.keep"), fields)
        rows.append(
            Row(
                (
                    f"{one.part.number} {in_language(one.part, 'name')}",
                    say("request_parts.used_by", used=one.used_by, visits=one.visits, percent=one.percent),
                    str(one.quantity),
                ),
                (keep_act,) if may_act else (),
            )
        )
    headers = [say(f"request_parts.{name}") for name in ("part", "used", "usual")]
    return Table("likely", say("request_parts.likely"), headers, rows, say("request_parts.likely_none"))
