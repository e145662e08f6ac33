"""What clocks promise: rules and calendars in force, and new versions of them (K1). Nothing is ever rewritten."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from operations.clocks.clock_rules import (
    CalendarUnknown,
    RuleUnknown,
    Version,
    VersionBackdated,
    add_calendar_version,
    add_rule_version,
    calendar_version_at,
    list_calendars,
    list_kinds,
    list_rule_versions,
    rule_version_at,
)
from operations.day.day import find_area
from operations.foundation.figures import figures_at
from policies.clocks.calendars import DAYS_OF_WEEK, CalendarMalformed
from policies.clocks.rules import ClockRuleMalformed, Listener, read_rule
from policies.commitments import PauseReason
from web.forms.form_fields import WHOLE_NUMBER, fault, read_day, read_text, read_whole, refusing
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import DECIDERS, OFFICE, for_roles
from web.foundation.services import now, services
from web.layout.tables import local
from web.wording.sentences import page_language, say
from web.wording.words import instant

DAYS_SHOWN = 120
MOST_DAYS = 62
EMPTY_STEPS = 2
LONGEST_STEP = 24
MOST_PERCENT = 1000
MOST_MINUTES = 100_000
REFUSALS = (CalendarMalformed, CalendarUnknown, ClockRuleMalformed, VersionBackdated)
clock_rules = Blueprint("clock_rules", __name__, url_prefix="/clock-rules")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One kind of clock in words."""

    kind: str
    name: str
    target: str
    calendar: str
    pauses: str
    steps: list[str]
    version: str

    @property
    def shown(self) -> dict[str, str]:
        """What the form that changes it shows, by the name of its field."""
        return {
            "count": self.target,
            "calendar": self.calendar,
            "pausable_for": self.pauses,
            "step": "; ".join(self.steps),
        }


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One calendar in words: its week, and the special days that come next."""

    code: str
    name: str
    zone: str
    week: list[tuple[str, str]]
    days: list[tuple[str, str]]
    version: str

    @property
    def shown_week(self) -> dict[str, str]:
        """What the form of the week shows, by the name and place of its field."""
        return {f"hours#{place}": hours for place, (_, hours) in enumerate(self.week)}

    @property
    def shown_days(self) -> dict[str, str]:
        """What the page says of each special day, in words that name it."""
        return {day: f"{day} {hours}" for day, hours in self.days}


@clock_rules.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """Every rule and every calendar as it is in force now."""
    with services().database.reading() as session:
        zone = _zone(session)
        rules = [_rule_line(session, kind, _calendar_names(session), zone) for kind in list_kinds(session)]
        calendars = [_calendar_line(code, one, zone) for code, one in list_calendars(session, at=now()).items()]
    return render_template(
        "clock_rules.html",
        shown=write_shown,
        rules=rules,
        calendars=calendars,
        may_decide=current_user.role in DECIDERS,
    )


@clock_rules.get("/<kind>")
@for_roles(DECIDERS)
def show_rule(kind: str) -> ResponseReturnValue:
    """One rule to change, and its versions."""
    with services().database.reading() as session:
        zone = _zone(session)
        version = _rule_or_404(session, kind)
        rule = read_rule(version.document, figures_at(session, now()))
        return render_template(
            "clock_rule.html",
            kind=kind,
            name=_name(version),
            shown=write_shown(_rule_line(session, kind, _calendar_names(session), zone).shown),
            rule=rule,
            unit=say(f"clock_rules.unit.{rule.target.unit}"),
            calendars=_calendar_names(session),
            reasons=list(PauseReason),
            listeners=list(Listener),
            empty_steps=EMPTY_STEPS,
            versions=[_version_line(one, zone) for one in reversed(list_rule_versions(session, kind=kind))],
        )


@clock_rules.post("/<kind>")
@for_roles(DECIDERS)
def change_rule(kind: str) -> ResponseReturnValue:
    """Put a new version of a rule in force from now on; clocks that run keep theirs."""

    def change(session: Session) -> None:
        version = _rule_or_404(session, kind)
        line = _rule_line(session, kind, _calendar_names(session), _zone(session))
        _expect(session, version, line.shown)
        add_rule_version(
            session,
            document=_read_rule_form(session, version.document),
            in_force_from_at=now(),
            approved_by=current_user.name,
            now=now(),
        )

    return _decide(change, back=url_for(".show_rule", kind=kind))


@clock_rules.post("/calendars/<code>/days")
@for_roles(DECIDERS)
def change_days(code: str) -> ResponseReturnValue:
    """Close some days of a calendar, or open them for other hours: holidays, make-up workdays."""

    def change(session: Session) -> None:
        version, days = _calendar_or_404(session, code), _read_days()
        shown = _calendar_line(code, version, _zone(session)).shown_days
        _expect(session, version, {day: shown.get(day, "") for day in days})
        document, hours = dict(version.document), _read_hours(request.form.get("hours", ""))
        document["days"] = dict(sorted({**document["days"], **dict.fromkeys(days, hours)}.items()))
        _add_calendar(session, code, document)

    return _decide(change, back=url_for(".show"))


@clock_rules.post("/calendars/<code>/week")
@for_roles(DECIDERS)
def change_week(code: str) -> ResponseReturnValue:
    """Set the opening hours of the week."""

    def change(session: Session) -> None:
        version = _calendar_or_404(session, code)
        hours = request.form.getlist("hours")
        if len(hours) != DAYS_OF_WEEK:
            abort(400)
        _expect(session, version, _calendar_line(code, version, _zone(session)).shown_week)
        _add_calendar(session, code, {**version.document, "weekly": [_read_hours(day) for day in hours]})

    return _decide(change, back=url_for(".show"))


def _decide(change: Callable[[Session], None], *, back: str) -> ResponseReturnValue:
    refusals = dict.fromkeys(REFUSALS, "clock_rules.refused")
    with refusing(refusals, back_to=back), services().database.writing() as session:
        change(session)
    flash(say("clock_rules.changed"), "done")
    return redirect(url_for(".show"))


def _expect(session: Session, version: Version, present: Mapping[str, str]) -> None:
    """Refuse a form that showed other values than the version in force has."""
    expect_shown(present, by=version.approved_by, at=local(version.in_force_from_at, _zone(session)))


def _add_calendar(session: Session, code: str, document: Mapping[str, Any]) -> None:
    add_calendar_version(
        session, code=code, document=document, in_force_from_at=now(), approved_by=current_user.name, now=now()
    )


def _rule_or_404(session: Session, kind: str) -> Version:
    try:
        return rule_version_at(session, kind=kind, at=now())
    except RuleUnknown:
        abort(404)


def _calendar_or_404(session: Session, code: str) -> Version:
    try:
        version = calendar_version_at(session, code=code, at=now())
    except CalendarUnknown:
        abort(404)
    # Day and night has no hours to change.
    return version if version.document["weekly"] is not None else abort(404)


def _read_rule_form(session: Session, document: Mapping[str, Any]) -> dict[str, Any]:
    form = request.form
    changed = {
        **document,
        "calendar": form.get("calendar", document.get("calendar")),
        "pausable_for": form.getlist("pausable_for"),
        "steps": _read_steps(list_calendars(session, at=now())),
    }
    target = read_rule(document, figures_at(session, now())).target
    # A target that was left as it is goes on following the house's figure.
    if not target.is_agreed and (count := read_whole("count", least=0, most=100_000)) != target.count:
        changed["target"] = {target.unit: count}
    return changed


def _read_steps(calendars: Mapping[str, Version]) -> list[dict[str, Any]]:
    form = request.form
    columns = zip(
        *(form.getlist(name) for name in ("step", "percent", "minutes", "tells", "step_calendar")), strict=False
    )
    steps = []
    for row, (name, percent, minutes, tells, calendar) in enumerate(columns):
        step: dict[str, Any] = {
            "name": name.strip(),
            "percent": _whole(percent or "0", f"percent#{row}", least=0, most=MOST_PERCENT),
            "minutes": _whole(minutes or "0", f"minutes#{row}", least=-MOST_MINUTES, most=MOST_MINUTES),
            "tells": tells,
            "call": str(row) in form.getlist("call"),
        }
        if len(step["name"]) > LONGEST_STEP:
            raise fault(f"step#{row}", "forms.too_long", most=LONGEST_STEP, typed=len(step["name"]))
        if (tells or step["name"]) and tells not in set(Listener):
            raise fault(f"tells#{row}", "forms.no_choice")
        if calendar and calendar not in calendars:
            raise fault(f"step_calendar#{row}", "forms.no_choice")
        # A row without a name is no step: the empty ones below the others.
        if step["name"]:
            steps.append(step | ({"calendar": calendar} if calendar else {}))
    return steps


def _whole(text: str, field: str, *, least: int, most: int) -> int:
    if not WHOLE_NUMBER.fullmatch(text.strip()) or not least <= int(text) <= most:
        raise fault(field, "forms.no_number", least=least, most=most)
    return int(text)


def _read_hours(text: str) -> list[list[str]]:
    """Return opening hours written as "09:00-12:00 13:00-18:00"; nothing written is a closed day."""
    return [span.split("-", 1) for span in text.replace("–", "-").split()]


def _read_days() -> list[str]:
    first = read_day("from")
    last = read_day("until") if read_text("until") else first
    count = (last - first).days + 1
    if not 0 < count <= MOST_DAYS:
        raise fault("until", "clock_rules.too_many_days", most=MOST_DAYS)
    return [(first + dt.timedelta(days=day)).isoformat() for day in range(count)]


def _rule_line(session: Session, kind: str, calendars: Mapping[str, str], zone: ZoneInfo) -> RuleLine:
    version = rule_version_at(session, kind=kind, at=now())
    rule = read_rule(version.document, figures_at(session, now()))
    unit = say(f"clock_rules.unit.{rule.target.unit}")
    return RuleLine(
        kind=kind,
        name=_name(version),
        target=say("clock_rules.agreed") if rule.target.is_agreed else f"{rule.target.count} {unit}",
        calendar=calendars.get(rule.calendar, rule.calendar),
        pauses=", ".join(say(f"pause_reason.{reason}") for reason in PauseReason if reason in rule.pausable_for),
        steps=[
            say(
                "clock_rules.step_by_call" if step.is_called else "clock_rules.step",
                percent=step.percent,
                minutes=f" {step.minutes:+} min" if step.minutes else "",
                who=say(f"listener.{step.tells}"),
            )
            for step in rule.steps
        ],
        version=_version_line(version, zone),
    )


def _calendar_line(code: str, version: Version, zone: ZoneInfo) -> CalendarLine:
    document = version.document
    today = now().astimezone(zone).date()
    until = (today + dt.timedelta(days=DAYS_SHOWN)).isoformat()
    return CalendarLine(
        code=code,
        name=_name(version),
        zone=document["zone"],
        week=[(say(f"weekday.{day}"), _write_hours(hours)) for day, hours in enumerate(document["weekly"] or ())],
        days=[
            (day, _write_hours(hours) or say("clock_rules.closed"))
            for day, hours in sorted(document["days"].items())
            if today.isoformat() <= day <= until
        ],
        version=_version_line(version, zone),
    )


def _write_hours(hours: list[list[str]]) -> str:
    return " ".join("-".join(span) for span in hours)


def _version_line(version: Version, zone: ZoneInfo) -> str:
    if not version.number:
        return say("clock_rules.delivered")
    at = instant(version.in_force_from_at, zone, today=now().astimezone(zone).date())
    return say("clock_rules.version", number=version.number, at=at, by=version.approved_by)


def _name(version: Version) -> str:
    names = version.document.get("names", {})
    return str(names.get(str(page_language()), version.document.get("kind", version.document.get("code", ""))))


def _calendar_names(session: Session) -> dict[str, str]:
    return {code: _name(version) for code, version in list_calendars(session, at=now()).items()}


def _zone(session: Session) -> ZoneInfo:
    area = find_area(session, code=None)
    return ZoneInfo(area.time_zone if area else "UTC")
