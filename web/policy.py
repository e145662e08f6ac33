"""The figures of all promises: what is in force, what comes, and a new version with a look at what it changes (K1)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import PolicyVersion
from operations.foundation.figures import figures_at
from operations.versions.policy_versions import (
    InForceInThePast,
    LaterVersionThere,
    NothingChanged,
    VersionInForce,
    approve_version,
    list_policy_events,
    list_versions,
    newest_figures,
    withdraw_version,
)
from policies.figure_ranges import GROUPS, OTHERS, FigureOutOfRange, differences, range_of, with_changes
from policies.figures import DEFAULT_FIGURES, Figures, read_figures
from web.access import ADMINISTRATORS, AUDITORS, for_roles
from web.sentences import say
from web.services import now, services
from web.tables import house_zone, local

policy = Blueprint("policy", __name__, url_prefix="/policy")
WHOLE_MINUTES = "%Y-%m-%dT%H:%M"
SHOWN_EVENTS = 50
REFUSALS: dict[type[Exception], str] = {
    NothingChanged: "policy.nothing_changed",
    InForceInThePast: "policy.in_the_past",
    LaterVersionThere: "policy.later_there",
    VersionInForce: "policy.in_force",
}


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure: what it is called, what it is, what it may be, and what is wrong with what was typed."""

    name: str
    value: str
    default: str
    kind: str
    lowest: int | None
    highest: int | None
    trouble: str

    @property
    def is_default(self) -> bool:
        """Whether it is as the manuals have it."""
        return self.value == self.default


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in the list."""

    version_id: int
    from_at: str
    by: str
    is_ahead: bool
    changes: Sequence[tuple[str, str, str]]


@policy.get("")
@for_roles(AUDITORS)
def show() -> ResponseReturnValue:
    """All figures by group, every version, and who approved what."""
    return _page({}, {})


@policy.post("/preview")
@for_roles(ADMINISTRATORS)
def preview() -> ResponseReturnValue:
    """What a new version would change, before anybody approves it; what does not fit is said beside its field."""
    with services().database.reading() as session:
        before = newest_figures(session)
        zone = house_zone(session)
    typed = {name: request.form.get(name, "").strip() for name in asdict(before)}
    changes, flaws = _read(typed, before)
    if not flaws:
        try:
            after = with_changes(before, changes)
        except FigureOutOfRange as refused:
            flaws = {name: _explain(limit) for name, limit in refused.flaws.items()}
    if flaws:
        return _page(typed, flaws), 422
    changed = _change_lines(before, after)
    if not changed:
        flash(say("policy.nothing_changed"), "trouble")
        return redirect(url_for("web.policy.show"))
    soonest = (now().astimezone(zone) + dt.timedelta(days=1)).replace(hour=0, minute=0)
    return render_template(
        "policy_preview.html",
        changes=changed,
        values={name: _written(getattr(after, name)) for name, _, _ in changed},
        from_value=soonest.strftime(WHOLE_MINUTES),
        zone=str(zone),
    )


@policy.post("/versions")
@for_roles(ADMINISTRATORS)
def approve() -> ResponseReturnValue:
    """Put what was looked at in force."""

    def act(session: Session) -> None:
        before = newest_figures(session)
        typed = {name: request.form[name].strip() for name in asdict(before) if name in request.form}
        changes, flaws = _read(typed, before)
        if flaws:
            abort(400)
        at = _read_time(house_zone(session))
        approve_version(session, changes=changes, in_force_from_at=at, by=current_user.name, now=now())

    return _carry_out(act)


@policy.post("/versions/<int:version_id>/withdraw")
@for_roles(ADMINISTRATORS)
def withdraw(version_id: int) -> ResponseReturnValue:
    """Take back a version that is not in force yet."""

    def act(session: Session) -> None:
        version = session.get(PolicyVersion, version_id) or abort(404)
        withdraw_version(session, version=version, by=current_user.name, now=now())

    return _carry_out(act)


def _carry_out(act: Callable[[Session], None]) -> ResponseReturnValue:
    try:
        with services().database.writing() as session:
            act(session)
    except tuple(REFUSALS) as refused:
        flash(say(REFUSALS[type(refused)]), "trouble")
    except FigureOutOfRange:
        abort(400)
    else:
        flash(say("tables.done"), "done")
    return redirect(url_for("web.policy.show"))


def _page(typed: Mapping[str, str], flaws: Mapping[str, str]) -> str:
    with services().database.reading() as session:
        zone = house_zone(session)
        figures = newest_figures(session)
        versions = _version_lines(session, zone)
        present = figures_at(session, now())
        record = [
            (local(event.occurred_at, zone), event.actor, event.kind, event.facts)
            for event in list_policy_events(session, limit=SHOWN_EVENTS)
        ]
    groups = {group: [_line(name, figures, typed, flaws) for name in names] for group, names in GROUPS.items()}
    groups["plan"] += [_line(name, figures, typed, flaws) for name in OTHERS]
    return render_template(
        "policy.html",
        groups=groups,
        versions=versions,
        record=record,
        ahead=len(differences(present, figures)),
        may_change=current_user.role in ADMINISTRATORS,
        has_flaws=bool(flaws),
    )


def _line(name: str, figures: Figures, typed: Mapping[str, str], flaws: Mapping[str, str]) -> FigureLine:
    value, limits = getattr(figures, name), range_of(name)
    kind = "choice" if isinstance(value, bool) else "number" if limits else "time"
    return FigureLine(
        name=name,
        value=typed.get(name, _written(value)),
        default=_written(getattr(DEFAULT_FIGURES, name)),
        kind=kind,
        lowest=limits[0] if limits else None,
        highest=limits[1] if limits else None,
        trouble=flaws.get(name, ""),
    )


def _version_lines(session: Session, zone: ZoneInfo) -> list[VersionLine]:
    lines, before = list[VersionLine](), DEFAULT_FIGURES
    for version in reversed(list_versions(session)):
        after = read_figures(version.figures)
        is_ahead = version.in_force_from_at > now()
        at = f"{version.in_force_from_at.astimezone(zone):%Y-%m-%d %H:%M}"
        lines.insert(0, VersionLine(version.id, at, version.approved_by, is_ahead, _change_lines(before, after)))
        before = after
    return lines


def _change_lines(before: Figures, after: Figures) -> list[tuple[str, str, str]]:
    return [(name, _shown(old), _shown(new)) for name, (old, new) in differences(before, after).items()]


def _read(typed: Mapping[str, str], before: Figures) -> tuple[dict[str, int | str | bool], dict[str, str]]:
    """Return the typed figures as values, and for each that is none of its kind what it should be."""
    values: dict[str, int | str | bool] = {}
    flaws: dict[str, str] = {}
    for name, text in typed.items():
        old, limits = getattr(before, name), range_of(name)
        if isinstance(old, bool) and text in {"0", "1"}:
            values[name] = text == "1"
        elif isinstance(old, bool):
            flaws[name] = say("forms.no_choice")
        elif limits is None:
            values[name] = text
        elif text.isascii() and text.isdigit() and len(text) <= len(str(limits[1])):
            values[name] = int(text)
        else:
            flaws[name] = _explain(f"{limits[0]}–{limits[1]}")
    return values, flaws


def _explain(limit: str) -> str:
    """Return what a figure may be: a range, or at most another figure."""
    if range_of(limit) is not None:
        return say("policy.at_most", other=say(f"figure.{limit}"))
    return say("policy.between", limits=limit)


def _written(value: object) -> str:
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)


def _shown(value: object) -> str:
    return say("registers.yes" if value else "registers.no") if isinstance(value, bool) else str(value)


def _read_time(zone: ZoneInfo) -> dt.datetime:
    text = request.form.get("from", "")
    if not text:
        return now()
    try:
        return dt.datetime.strptime(text, WHOLE_MINUTES).replace(tzinfo=zone).astimezone(dt.UTC)
    except ValueError:
        abort(400)
