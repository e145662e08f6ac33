"""The figures of all promises: what is in force, what comes, and a new version with a look at what it changes (K1)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import PolicyVersion, StatusEvent
from operations.foundation.figures import figures_at
from operations.imports.cells import write_decimal
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
from web.forms.form_fields import FormRefused, read_start
from web.forms.shown_values import expect_shown, find_changed, read_shown, write_shown
from web.foundation.access import ADMINISTRATORS, AUDITORS, for_roles
from web.foundation.services import now, services
from web.layout.tables import carry_out, house_zone, local
from web.wording.sentences import has_sentence, say

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
    amount: str

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
    typed = _typed(before)
    changes, flaws = _read(typed, before)
    flaws = flaws or find_changed(
        {name: _written(getattr(before, name)) for name in changes if typed[name] != _written(getattr(before, name))}
    )
    if not flaws:
        try:
            after = with_changes(before, changes)
        except FigureOutOfRange as refused:
            flaws = {name: _explain(limit) for name, limit in refused.flaws.items()}
    if flaws:
        return _page(typed, flaws), 422
    if not differences(before, after):
        raise FormRefused({}, message=say("policy.nothing_changed"))
    soonest = (now().astimezone(zone) + dt.timedelta(days=1)).replace(hour=0, minute=0)
    return _preview_page(before, after, from_value=soonest.strftime(WHOLE_MINUTES), zone=zone)


@policy.post("/versions")
@for_roles(ADMINISTRATORS)
def approve() -> ResponseReturnValue:
    """Put what was looked at in force; where that is refused, the preview comes back as things stand now."""
    try:
        with services().database.writing() as session:
            before, zone = newest_figures(session), house_zone(session)
            changes = _read_approved(before)
            last = list_policy_events(session, limit=1)
            expect_shown(
                {name: _written(getattr(before, name)) for name in changes},
                by="".join(one.actor for one in last),
                at="".join(local(one.occurred_at, zone) for one in last),
            )
            at = read_start("from", zone)
            approve_version(session, changes=changes, in_force_from_at=at, by=current_user.name, now=now())
    except FormRefused as refused:
        trouble = " ".join([refused.message, *(_say_fault(name, one) for name, one in refused.faults.items())])
    except tuple(REFUSALS) as refused:
        trouble = say(REFUSALS[type(refused)])
    else:
        flash(say("tables.done"), "done")
        return redirect(url_for("web.policy.show"))
    after = with_changes(before, changes)
    return _preview_page(before, after, from_value=request.form.get("from", ""), zone=zone, trouble=trouble), 422


@policy.post("/versions/<int:version_id>/withdraw")
@for_roles(ADMINISTRATORS)
def withdraw(version_id: int) -> ResponseReturnValue:
    """Take back a version that is not in force yet."""

    def act(session: Session) -> None:
        version = session.get(PolicyVersion, version_id) or abort(404)
        withdraw_version(session, version=version, by=current_user.name, now=now())

    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.policy.show"))


def _preview_page(before: Figures, after: Figures, *, from_value: str, zone: ZoneInfo, trouble: str = "") -> str:
    changed = _change_lines(before, after)
    return render_template(
        "policy_preview.html",
        changes=changed,
        values={name: _written(getattr(after, name)) for name, _, _ in changed},
        shown=write_shown({name: _written(getattr(before, name)) for name, _, _ in changed}),
        from_value=from_value,
        zone=str(zone),
        trouble=trouble,
    )


def _typed(before: Figures) -> dict[str, str]:
    """Return the figures typed; one that was left as the form showed it is what it is now."""
    shown = read_shown()
    typed = {name: request.form.get(name, "").strip() for name in asdict(before)}
    return {name: _written(getattr(before, name)) if shown.get(name) == text else text for name, text in typed.items()}


def _read_approved(before: Figures) -> dict[str, int | str | bool]:
    """Return the figures that were looked at; 400 for what no preview has shown."""
    changes, flaws = _read(
        {name: request.form[name].strip() for name in asdict(before) if name in request.form}, before
    )
    try:
        with_changes(before, changes)
    except FigureOutOfRange:
        abort(400)
    return abort(400) if flaws else changes


def _page(typed: Mapping[str, str], flaws: Mapping[str, str]) -> str:
    with services().database.reading() as session:
        zone = house_zone(session)
        figures = newest_figures(session)
        versions = _version_lines(session, zone)
        present = figures_at(session, now())
        record = [
            (local(event.occurred_at, zone), event.actor, event.kind, say_version(event, zone))
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
        shown=write_shown({name: _written(value) for name, value in asdict(figures).items()}),
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
        amount=write_decimal(value, 2) if name.endswith("_cents") else "",
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


def say_version(event: StatusEvent, zone: ZoneInfo) -> list[str]:
    """Return what was approved or withdrawn, a phrase each: from when it holds, and each figure before and after."""
    from_at = local(dt.datetime.fromisoformat(event.facts["from"]), zone)
    changes: Mapping[str, Sequence[object]] = event.facts.get("changes", {})
    said = [f"{_name_figure(name)} {_shown(old)} → {_shown(new)}" for name, (old, new) in changes.items()]
    return [f"{say('policy.from')} {from_at}", *said]


def _name_figure(name: str) -> str:
    """Return what a figure is called; a record of earlier days may hold one that there is no longer."""
    return say(f"figure.{name}") if has_sentence(f"figure.{name}") else name


def _explain(limit: str) -> str:
    """Return what a figure may be: a range, or at most another figure."""
    if range_of(limit) is not None:
        return say("policy.at_most", other=say(f"figure.{limit}"))
    return say("policy.between", limits=limit)


def _written(value: object) -> str:
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)


def _say_fault(name: str, fault: str) -> str:
    return fault if name == "from" else f"{say(f'figure.{name}')}: {fault}"


def _shown(value: object) -> str:
    return say("registers.yes" if value else "registers.no") if isinstance(value, bool) else str(value)
