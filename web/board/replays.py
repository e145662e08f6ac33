"""Replay and what-if: a past day again, or the days ahead tried out, with something changed, side by side (D16)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, Replay, Technician
from operations.day.day import find_area
from operations.day.team import list_crew_choices
from operations.planning.demand import NoHistory
from operations.replay.replay_orders import (
    MOST_DAYS,
    MOST_RUNS,
    ChangeRefused,
    Hours,
    PeriodImpossible,
    Question,
    ReplayOver,
    RunsImpossible,
    WhatIf,
    find_replay,
    happened_of,
    list_replays,
    order_replay,
    stop_replay,
    what_if_of,
)
from operations.replay.replay_results import ComparedFigure, Range, compare, list_policy_figures
from operations.replay.replays import NobodyWorks, NothingHappened
from operations.reports.files import FileCell
from policies.replays import UNDER_WAY
from web.forms.form_fields import Refusals, read_day, read_text, read_whole, refusing
from web.foundation.access import OFFICE, PLANNERS, for_roles
from web.foundation.downloads import send_table
from web.foundation.services import now, services
from web.wording.sentences import in_language, say
from web.wording.words import instant

replays = Blueprint("replays", __name__, url_prefix="/replays")
LONGEST_NAME = 120
MOST = 100_000  # nothing on this form is near it
POLICY_ROWS = 3
RUNS_OFFERED = (8, 20, 50, 100)
USUAL_RUNS = 20
GROUPS: Mapping[str, Sequence[str]] = {
    "commitments": ("commitments_kept_percent", "promises_kept_percent", "unplaced"),
    "overtime": ("overtime_minutes", "work_minutes", "utilisation_percent", "visits_per_shift"),
    "travel": ("travel_minutes",),
    "satisfaction": (
        "customers_moved",
        "customers_told_late",
        "customers_handed_on",
        "late_minutes",
        "hours_to_arrival",
    ),
    "requests": ("requests", "done", "cancelled", "no_access", "shifts_ill"),
}
"""What a manager asks first, and the figures that answer it."""
REFUSALS: Refusals = {
    ChangeRefused: "replay.change_refused",
    PeriodImpossible: "replay.period_impossible",
    RunsImpossible: "replay.runs_impossible",
    NobodyWorks: "replay.nobody_works",
    NothingHappened: "replay.nothing_happened",
    NoHistory: "replay.no_history",
}


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """One replay of the list."""

    replay_id: int
    name: str
    area: str
    period: str
    change: str
    state: str
    done: int
    wanted: int
    ordered: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A difference with its interval, drawn around zero; all in percent of the half width of the drawing."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure: as it is, as it would be, what that differs, and whether that is more than luck."""

    name: str
    before: str
    after: str
    difference: str
    verdict: str
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """One replay with its result so far."""

    line: ReplayLine
    is_under_way: bool
    trouble: str
    happened: list[tuple[str, str]]
    groups: list[tuple[str, list[FigureLine]]]
    runs: int
    seed: int
    has_change: bool
    may_stop: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a list of the form offers."""

    value: str
    words: str


@replays.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """The latest replays, and the form for another."""
    return _form()


@replays.post("")
@for_roles(PLANNERS)
def order() -> ResponseReturnValue:
    """Keep a question; the clock has it played. What cannot be played is said beside its field."""
    back_to = url_for("web.replays.show_all")
    limits = {"most_days": MOST_DAYS, "most_runs": MOST_RUNS}
    with refusing(REFUSALS, back_to=back_to, **limits), services().database.writing() as session:
        area = find_area(session, code=request.form.get("area")) or abort(404)
        replay_id = order_replay(session, area=area, question=_read_question(), by=current_user.name, now=now()).id
    return redirect(url_for("web.replays.show", replay_id=replay_id))


@replays.get("/<int:replay_id>")
@for_roles(OFFICE)
def show(replay_id: int) -> ResponseReturnValue:
    """One replay; while it is played the page asks for its result alone."""
    with services().database.reading() as session:
        page = _page(_find(session, replay_id))
    is_part = bool(request.headers.get("HX-Request"))
    return render_template("replay_result.html" if is_part else "replay.html", page=page)


@replays.post("/<int:replay_id>/stop")
@for_roles(PLANNERS)
def stop(replay_id: int) -> ResponseReturnValue:
    """End it with the runs that are done; one that has ended already stays as it is."""
    with services().database.writing() as session:
        replay = _find(session, replay_id)
        with suppress(ReplayOver):
            stop_replay(replay=replay, now=now())
    return redirect(url_for("web.replays.show", replay_id=replay_id))


@replays.get("/<int:replay_id>.<kind>")
@for_roles(OFFICE)
def download(replay_id: int, kind: str) -> ResponseReturnValue:
    """The comparison as a file, as far as it has come."""
    with services().database.reading() as session:
        figures = compare(_find(session, replay_id)) or abort(404)
    headings, cells = _file_of(figures)
    return send_table(kind, name=f"replay-{replay_id}", title=say("nav.replays"), headings=headings, rows=cells)


def _read_question() -> Question:
    form = request.form
    keys, values = form.getlist("policy_key"), form.getlist("policy_value")
    more, territory = _number("more", 0), form.get("more_territory", "")
    team = [f"+{more} {territory}"] if more > 0 else []
    team += [f"-{number}" for number in form.getlist("without") if number]
    what_if = WhatIf(
        team=tuple(team),
        hours=Hours(_number("earlier", 0), _number("later", 0), form.get("hours_territory") or None),
        policy={key: value.strip() for key, value in zip(keys, values, strict=False) if key and value.strip()},
        calls_percent=_number("calls_percent", 100),
    )
    calls = _number("calls_per_day", 0)
    return Question(
        name=read_text("name", longest=LONGEST_NAME),
        first_on=read_day("on"),
        days=_number("days", 1),
        what_if=what_if,
        calls_per_day=calls if calls > 0 else None,
        runs=_number("runs", USUAL_RUNS),
        seed=_number("seed", 1),
    )


def _number(field: str, usual: int) -> int:
    return read_whole(field, least=-MOST, most=MOST) if read_text(field) else usual


def _form() -> str:
    with services().database.reading() as session:
        area = find_area(session, code=request.args.get("area")) or abort(404)
        choices = list_crew_choices(session, area_id=area.id)
        team = session.scalars(select(Technician).where(Technician.area_id == area.id).order_by(Technician.number))
        yesterday = now().astimezone(ZoneInfo(area.time_zone)).date() - dt.timedelta(days=1)
        return render_template(
            "replays.html",
            lines=[_line(replay) for replay in list_replays(session)],
            areas=[Choice(one.code, in_language(one, "name")) for one in choices.areas],
            area=area.code,
            territories=[Choice(one.code, in_language(one, "name")) for one in choices.territories],
            team=[Choice(one.number, f"{one.number} {in_language(one, 'name')}") for one in team],
            policies=[
                Choice(name, f"{say(f'replay_policy.{name}')} ({usual})") for name, usual in list_policy_figures()
            ],
            policy_rows=range(POLICY_ROWS),
            runs_offered=RUNS_OFFERED,
            given={"on": yesterday.isoformat(), "days": "1", "runs": str(USUAL_RUNS)},
            may_order=current_user.role in PLANNERS,
        )


def _find(session: Session, replay_id: int) -> Replay:
    return find_replay(session, replay_id=replay_id) or abort(404)


def _line(replay: Replay) -> ReplayLine:
    area: Area = replay.area
    zone = ZoneInfo(area.time_zone)
    last_on = replay.first_on + dt.timedelta(days=replay.days - 1)
    period = f"{replay.first_on}" if replay.days == 1 else f"{replay.first_on} – {last_on}"
    ordered = instant(replay.ordered_at, zone, today=now().astimezone(zone).date())
    change = say("list_separator").join(what_if_of(replay).words())
    return ReplayLine(
        replay.id,
        replay.name or period,
        in_language(area, "name"),
        period,
        change or say("replay.as_it_is"),
        str(replay.state),
        len(replay.runs),
        replay.runs_wanted,
        f"{replay.ordered_by}, {ordered}",
    )


def _page(replay: Replay) -> ReplayPage:
    figures = {figure.name: _figure(figure) for figure in compare(replay)}
    return ReplayPage(
        line=_line(replay),
        is_under_way=replay.state in UNDER_WAY,
        trouble=say(f"replay.trouble_{replay.trouble}") if replay.trouble else "",
        happened=_happened(replay),
        groups=[(name, [figures[figure] for figure in names]) for name, names in GROUPS.items()] if figures else [],
        runs=len(replay.runs),
        seed=replay.seed,
        has_change=not what_if_of(replay).is_nothing,
        may_stop=current_user.role in PLANNERS,
    )


def _happened(replay: Replay) -> list[tuple[str, str]]:
    found = happened_of(replay)
    if found is None:
        return []
    shares = (
        ("commitments_kept_percent", found.commitments_kept_percent),
        ("promises_kept_percent", found.promises_kept_percent),
    )
    return [
        (say("replay_figure.requests"), str(found.requests)),
        (say("replay_figure.done"), str(found.done)),
        *((say(f"replay_figure.{name}"), f"{share:.1f}") for name, share in shares if share is not None),
    ]


def _figure(figure: ComparedFigure) -> FigureLine:
    return FigureLine(
        say(f"replay_figure.{figure.name}"),
        _words(figure.before),
        _words(figure.after) if figure.after else "",
        _words(figure.difference, sign="+") if figure.difference else "",
        figure.verdict,
        _bar(figure.difference) if figure.difference else None,
    )


def _words(found: Range, *, sign: str = "-") -> str:
    """Return such as 97.3 ± 0.8."""
    mean = f"{found.mean:{sign}.1f}".replace("-", "−")
    return mean if found.half_width is None else f"{mean} ± {found.half_width:.1f}"


def _bar(difference: Range) -> Bar | None:
    width = difference.half_width
    reach = 0.0 if width is None else abs(difference.mean) + width
    if width is None or reach == 0:
        return None
    ends = (difference.mean - width, difference.mean, difference.mean + width)
    return Bar(*(round(100 + 95 * value / reach, 1) for value in ends))


def _file_of(figures: Sequence[ComparedFigure]) -> tuple[list[str], list[list[FileCell]]]:
    headings = [say("replay.figure"), say("replay.before"), "±"]
    if figures[0].difference is not None:
        headings += [say("replay.after"), "±", say("replay.difference"), "±"]
    cells: list[list[FileCell]] = []
    for figure in figures:
        ranges = [found for found in (figure.before, figure.after, figure.difference) if found is not None]
        numbers = [number for found in ranges for number in (found.mean, found.half_width)]
        cells.append([say(f"replay_figure.{figure.name}"), *numbers])
    return headings, cells
