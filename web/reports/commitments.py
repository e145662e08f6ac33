"""Commitments: how many are kept, what is at risk, and what each figure is made of (K1, K2)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Area,
    CallBack,
    ClockTimer,
    Commitment,
    Complaint,
    InboundMessage,
    StatusEvent,
)
from operations.clocks.clock_events import (
    NotARestoration,
    PauseRefused,
    list_pause_reasons,
    note_restored,
    pause_clock,
    resume_clock,
)
from operations.clocks.clock_rules import list_kinds, name_of_clock
from operations.clocks.clock_timers import list_alerts, note_alert_seen
from operations.clocks.commitment_figures import (
    NO_AREA,
    Choice,
    Standing,
    Tally,
    WindowsKept,
    count_hours,
    count_windows_kept,
    find_clock,
    list_commitments,
    list_timers,
    tally_by,
    tally_months,
)
from operations.day.day import find_area
from operations.foundation.changes import BOARD, last_changes
from operations.foundation.events import list_events
from operations.office.request_file import request_numbers
from operations.telephone.call_log import find_call_ids
from policies.clocks.reading import CORRECTED
from policies.commitments import CommitmentKind, CommitmentState, PauseReason
from web.forms.form_fields import Refusals, read_choice, read_text, refusing
from web.foundation.access import HELPERS, OFFICE, PLANNERS, SUPERVISORS, for_roles
from web.foundation.paging import most_rows
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.layout.tables import Row as ListRow, Table, file_address, send_list
from web.requests.clock_events import event_name, late_kinds
from web.wording.record_words import name_clocks, say_party, say_step
from web.wording.sentences import in_language, page_language, say
from web.wording.timeline_facts import say_facts
from web.wording.words import instant, stretch

MONTHS_SHOWN = 12
HEAT_LEVELS = (100, 98, 95, 90)
"""Shares in percent from which a cell of the week counts as calm, and so on down."""
LONGEST_NOTE = 300
REFUSALS: Refusals = {
    PauseRefused: "commitments.pause_refused",
    NotARestoration: "commitments.not_a_restoration",
}
LATE = dt.timedelta(minutes=5)
"""From how long after it happened an event counts as written down late."""
commitments = Blueprint("commitments", __name__, url_prefix="/commitments")


@dataclass(frozen=True, slots=True)
class Row:
    """One group of a table: its name, its figures, and the choice each figure opens."""

    name: str
    counts: list[tuple[Standing, int, str]]
    share: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week."""

    share: str
    level: int
    count: int
    link: str
    label: str


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock of a list."""

    clock_id: int
    name: str
    about: str
    about_link: str
    state: str
    started: str
    deadline: str
    left: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event of a clock's chain; `late` is when it was written down, if that was later, `correction` what counts."""

    position: int
    at: str
    kind: str
    source: str
    actor: str
    facts: str
    late: str
    correction: str
    can_be_corrected: bool


@dataclass(frozen=True, slots=True)
class CommitmentsPage:
    """Everything the page of a month shows, in words."""

    by_kind: list[Row]
    by_area: list[Row]
    by_agreement: list[Row]
    by_month: list[Row]
    week: list[tuple[str, list[Cell | None]]]
    windows: WindowsKept
    alerts: list[tuple[int, str, ClockRow]]
    kinds: list[tuple[str, str]]


@commitments.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """All figures of one month."""
    with services().database.reading() as session:
        return render_template("commitments.html", **_shown(session))


@commitments.get("/live")
@for_roles(OFFICE)
def live() -> ResponseReturnValue:
    """The part of the page that changes; 304 while nothing has."""
    with services().database.reading() as session:
        tag = _tag(session)
        if tag in request.if_none_match:
            return Response(status=304)
        response = make_response(render_template("commitment_figures.html", **_shown(session)))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@commitments.get("/list")
@for_roles(OFFICE)
def show_list() -> ResponseReturnValue:
    """The clocks behind one figure."""
    hour = request.args.get("hour", type=int)
    weekday = request.args.get("weekday", type=int)
    with services().database.reading() as session:
        zone = _zone(session)
        found = list_commitments(
            session,
            choice=_choice(zone, _month(zone)),
            standing=_standing(request.args.get("standing")),
            hour=None if hour is None or weekday is None else (weekday, hour),
            zone=zone,
            most=most_rows(),
        )
        rows = _clock_rows(session, found, zone)
    table = _clock_table(rows, found.found)
    if file := send_list([table]):
        return file
    return render_template(
        "commitment_list.html", rows=rows, table=table, file_address=file_address, month=request.args.get("month", "")
    )


def _clock_table(rows: Sequence[ClockRow], found: int) -> Table:
    """Return the list as it is taken along."""
    lines = [ListRow((one.name, one.about, say(f"clock_state.{one.state}"), one.started, one.deadline)) for one in rows]
    headers = [say(f"commitments.{name}") for name in ("kind", "about", "state", "started", "deadline")]
    return Table("commitments", say("commitments.list"), headers, lines, say("commitments.none"), found=found)


@commitments.get("/<int:clock_id>")
@for_roles(OFFICE)
def show_one(clock_id: int) -> ResponseReturnValue:
    """One clock with its steps and the events it was read from."""
    with services().database.reading() as session:
        zone = _zone(session)
        clock = find_clock(session, clock_id=clock_id) or abort(404)
        (row,) = _clock_rows(session, [clock], zone)
        return render_template(
            "commitment.html",
            clock=row,
            zone=zone.key,
            is_paused=clock.state is CommitmentState.PAUSED,
            reasons=list_pause_reasons(session, commitment=clock, now=now()) if _may_pause(clock) else [],
            may_act=current_user.role in PLANNERS,
            may_say_restored=_waits_for_restoration(clock) and current_user.role in HELPERS,
            timers=[
                (
                    say_step(timer.step),
                    timer.tells,
                    _at(timer.due_at, zone),
                    _at(timer.fired_at, zone),
                    timer.seen_by or "",
                )
                for timer in list_timers(session, clock=clock)
            ],
            may_correct=current_user.role in SUPERVISORS,
            late_kinds=late_kinds(session, clock) if current_user.role in SUPERVISORS else [],
            events=_event_lines(session, list_events(session, subject=clock.subject), zone),
        )


@commitments.post("/<int:clock_id>/pause")
@for_roles(PLANNERS)
def pause(clock_id: int) -> ResponseReturnValue:
    """Pause a clock for a reason its rule allows."""

    def act(session: Session, clock: Commitment) -> None:
        reason, note = read_choice("reason", PauseReason), read_text("note", longest=LONGEST_NOTE)
        pause_clock(session, commitment=clock, reason=reason, by=current_user.name, note=note, now=now())

    return _carry_out(clock_id, act, done="commitments.paused")


@commitments.post("/<int:clock_id>/resume")
@for_roles(PLANNERS)
def resume(clock_id: int) -> ResponseReturnValue:
    """Let a paused clock go on."""

    def act(session: Session, clock: Commitment) -> None:
        resume_clock(session, commitment=clock, by=current_user.name, now=now())

    return _carry_out(clock_id, act, done="commitments.resumed")


@commitments.post("/<int:clock_id>/restored")
@for_roles(HELPERS)
def restored(clock_id: int) -> ResponseReturnValue:
    """Somebody has heard that it works again."""

    def act(session: Session, clock: Commitment) -> None:
        note_restored(session, commitment=clock, by=current_user.name, now=now())

    return _carry_out(clock_id, act, done="commitments.restored_done")


def _carry_out(clock_id: int, act: Callable[[Session, Commitment], None], *, done: str) -> ResponseReturnValue:
    """Do something to a clock, say that it is `done`, and show the clock."""
    back_to = url_for(".show_one", clock_id=clock_id)
    with refusing(REFUSALS, back_to=back_to), services().database.writing() as session:
        act(session, find_clock(session, clock_id=clock_id) or abort(404))
    flash(say(done), "done")
    return redirect(back_to)


@commitments.post("/alerts/<int:timer_id>")
@for_roles(HELPERS)
def seen(timer_id: int) -> ResponseReturnValue:
    """Somebody has looked at a warning."""
    with services().database.writing() as session:
        timer = session.get(ClockTimer, timer_id) or abort(404)
        note_alert_seen(session, timer=timer, by=current_user.name, now=now())
    return redirect(url_for(".show"))


def _tag(session: Session) -> str:
    """Return what changes whenever the figures do: the present hour too, because a month begins by itself."""
    number = last_changes(session, topics=(BOARD,))[BOARD]
    return f"{number}-{now():%Y%m%d%H}-{page_language()}-{current_user.role}"


def _shown(session: Session) -> dict[str, Any]:
    zone = _zone(session)
    month = _month(zone)
    areas = {str(area.id): in_language(area, "name") for area in session.scalars(select(Area))}
    return {
        "page": _build(session, zone, month, areas),
        "month": f"{month:%Y-%m}",
        "areas": areas,
        "chosen": request.args,
        "standings": list(Standing),
        "may_act": current_user.role in HELPERS,
        "live": url_for(".live", **_asked()),
    }


def _build(session: Session, zone: ZoneInfo, month: dt.date, areas: dict[str, str]) -> CommitmentsPage:
    choice = _choice(zone, month)
    return CommitmentsPage(
        by_kind=[
            _row(tally, _kind_name(session, tally.group), kind=tally.group)
            for tally in tally_by(session, choice=choice, by="kind")
        ],
        by_area=[
            _row(tally, areas.get(tally.group, say("commitments.no_area")), area=tally.group or str(NO_AREA))
            for tally in tally_by(session, choice=choice, by="area_id")
        ],
        by_agreement=[
            _row(tally, tally.group, agreement=tally.group)
            for tally in tally_by(session, choice=choice, by="agreement")
            if tally.group
        ],
        by_month=[
            _row(tally, tally.group, month=tally.group)
            for tally in tally_months(session, choice=choice, months=_months(zone, month), now=now())
        ],
        week=_week(count_hours(session, choice=choice, zone=zone)),
        windows=count_windows_kept(session, choice=choice),
        alerts=[_alert(session, timer, zone) for timer in list_alerts(session)],
        kinds=[(kind, _kind_name(session, kind)) for kind in _kinds(session)],
    )


def _zone(session: Session) -> ZoneInfo:
    area = find_area(session, code=None)
    return ZoneInfo(area.time_zone if area else "UTC")


def _month(zone: ZoneInfo) -> dt.date:
    """Return the first day of the month asked for, or of the present one."""
    try:
        return dt.date.fromisoformat(f"{request.args['month']}-01")
    except (KeyError, ValueError):
        return now().astimezone(zone).date().replace(day=1)


def _after(month: dt.date, months: int) -> dt.date:
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return dt.date(year, index + 1, 1)


def _span(month: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    first, last = (dt.datetime.combine(day, dt.time(), zone) for day in (month, _after(month, 1)))
    return first, last


def _months(zone: ZoneInfo, month: dt.date) -> list[tuple[str, dt.datetime, dt.datetime]]:
    months = [_after(month, -back) for back in reversed(range(MONTHS_SHOWN))]
    return [(f"{one:%Y-%m}", *_span(one, zone)) for one in months]


def _choice(zone: ZoneInfo, month: dt.date) -> Choice:
    area = request.args.get("area", type=row_id)
    named = {name: request.args.get(name) or None for name in ("kind", "agreement")}
    return Choice(*_span(month, zone), kind=named["kind"], area_id=area, agreement=named["agreement"])


def _standing(word: str | None) -> Standing | None:
    return Standing(word) if word in set(Standing) else None


def _kinds(session: Session) -> list[str]:
    return sorted(list_kinds(session))


def _kind_name(session: Session, kind: str) -> str:
    return name_of_clock(session, kind=kind, language=str(page_language()))


def _row(tally: Tally, name: str, **narrowed: str) -> Row:
    counts = [(one, tally.counts[one], _link(standing=str(one), **narrowed)) for one in Standing]
    return Row(name, counts, "–" if tally.share is None else f"{tally.share} %")


def _link(**narrowed: str) -> str:
    return url_for(".show_list", **{**_asked(), **narrowed})


def _asked() -> dict[str, Any]:
    """Return what of the choice stands in the address."""
    return {name: request.args[name] for name in ("month", "kind", "area", "agreement") if request.args.get(name)}


def _week(hours: dict[tuple[int, int], Tally]) -> list[tuple[str, list[Cell | None]]]:
    return [
        (say(f"weekday.{weekday}"), [_cell(weekday, hour, hours.get((weekday, hour))) for hour in range(24)])
        for weekday in range(7)
    ]


def _cell(weekday: int, hour: int, tally: Tally | None) -> Cell | None:
    if tally is None or tally.share is None:
        return None
    level = next((level for level, share in enumerate(HEAT_LEVELS) if tally.share >= share), len(HEAT_LEVELS))
    broken, count = tally.counts[Standing.BROKEN], sum(tally.counts.values())
    label = say("commitments.cell", weekday=say(f"weekday.{weekday}"), hour=hour, broken=broken, count=count)
    return Cell(f"{tally.share}", level, count, _link(weekday=str(weekday), hour=str(hour)), label)


def _clock_rows(session: Session, clocks: Sequence[Commitment], zone: ZoneInfo) -> list[ClockRow]:
    numbers = request_numbers(session, request_ids={clock.request_id for clock in clocks})
    calls = find_call_ids(session, sids=[clock.subject.removeprefix("call:") for clock in clocks])
    return [_clock_row(session, clock, zone, _about(session, clock, numbers, calls)) for clock in clocks]


def _clock_row(session: Session, clock: Commitment, zone: ZoneInfo, about: tuple[str, str]) -> ClockRow:
    return ClockRow(
        clock_id=clock.id,
        name=_kind_name(session, clock.kind),
        about=about[0],
        about_link=about[1],
        state=str(clock.state),
        started=_at(clock.started_at, zone),
        deadline=_at(clock.deadline_at, zone),
        left="" if clock.left_seconds is None else stretch(dt.timedelta(seconds=clock.left_seconds)),
    )


def _about(
    session: Session, clock: Commitment, numbers: Mapping[int | None, str], calls: Mapping[str, int]
) -> tuple[str, str]:
    """Return what a clock is about as people call it, and where that is shown; "" where nothing shows it alone."""
    if number := numbers.get(clock.request_id):
        return number, url_for("web.requests.show", number=number)
    what, _, key = clock.subject.partition(":")
    if what == "call":
        return say("desk.listen"), url_for("web.calls.show_one", call_id=calls[key]) if key in calls else ""
    if what == "call_back":
        call_id = session.get_one(CallBack, int(key)).call_id
        return say("commitments.about_call_back"), url_for("web.calls.show_one", call_id=call_id) if call_id else ""
    if what == "complaint" and (complaint := session.get(Complaint, int(key))) is not None:
        title = say("complaint.title", number=complaint.number)
        return title, url_for("web.complaints.show", number=complaint.number)
    if what == "letter" and (letter := session.get(InboundMessage, int(key))) is not None:
        who = in_language(letter.customer, "name") if letter.customer else letter.from_number
        kind, person = ("customer", str(letter.customer_id)) if letter.customer else ("number", letter.from_number)
        return say("commitments.about_letter", who=who), url_for("web.messages.show_person", kind=kind, key=person)
    return event_name(what), ""


def _alert(session: Session, timer: ClockTimer, zone: ZoneInfo) -> tuple[int, str, ClockRow]:
    return timer.id, _at(timer.fired_at, zone), _clock_rows(session, [timer.commitment], zone)[0]


def _event_lines(session: Session, events: Sequence[StatusEvent], zone: ZoneInfo) -> list[EventLine]:
    """Return the chain as it stands, what was corrected with its correction."""
    corrections = {event.facts["position"]: event for event in events if event.kind == CORRECTED}
    names = name_clocks(session, events)
    return [
        EventLine(
            position=event.position,
            at=_at(event.occurred_at, zone),
            kind=event_name(event.kind),
            source=say_party(event.source),
            actor=say_party(event.actor),
            facts=say("list_separator").join(say_facts(event.facts, names, zone, now=now())),
            late=_at(event.recorded_at, zone) if event.recorded_at - event.occurred_at > LATE else "",
            correction=_correction(corrections.get(event.position), zone),
            can_be_corrected=event.kind != CORRECTED,
        )
        for event in events
    ]


def _correction(event: StatusEvent | None, zone: ZoneInfo) -> str:
    if event is None:
        return ""
    if event.facts.get("is_void"):
        return say("commitments.taken_back")
    return say("commitments.moved_to", at=_at(dt.datetime.fromisoformat(event.facts["occurred_at"]), zone))


def _waits_for_restoration(clock: Commitment) -> bool:
    return clock.kind == CommitmentKind.RESTORATION and clock.fulfilled_at is None


def _may_pause(clock: Commitment) -> bool:
    return clock.state in {CommitmentState.RUNNING, CommitmentState.PAUSED} and current_user.role in PLANNERS


def _at(at: dt.datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else instant(at, zone, today=now().astimezone(zone).date())
