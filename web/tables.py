"""Pages that are lists with something to do on each line: what they show, as plain data for `tables.html`."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from operations.day import find_area
from web.form_fields import Refusals, refusing
from web.navigation import may_open
from web.sentences import say
from web.services import now, services
from web.words import Tone, instant


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell that needs attention, or none any more."""

    text: str
    tone: Tone = Tone.CALM


Cell = str | Link | Mark


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in; `choices` are pairs of value and words, `suggests` names a list of its table."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    is_required: bool = True
    suggests: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """A form: where it goes, what its button says, what has to be filled in."""

    address: str
    label: str
    fields: Sequence[Field] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line: its cells, and what can be done about it."""

    cells: Sequence[Cell]
    acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A part of the page; `nothing` is said where there are no lines. `lists` complete what is typed, by name."""

    name: str
    title: str
    headers: Sequence[str]
    rows: Sequence[Row]
    nothing: str
    acts: Sequence[Act] = field(default_factory=tuple)
    lists: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


def house_zone(session: Session) -> ZoneInfo:
    """Return the time zone the office works in."""
    area = find_area(session, code=None)
    return ZoneInfo(area.time_zone if area else "UTC")


def local(at: dt.datetime | None, zone: ZoneInfo) -> str:
    """Return an instant as the pages write it, or nothing."""
    return instant(at, zone, today=now().astimezone(zone).date()) if at else ""


def request_cell(number: str) -> Cell:
    """Return a request's number, with the way to its page for those who may open it."""
    page = "web.requests.show"
    return Link(number, url_for(page, number=number)) if may_open(page) else number


def carry_out(act: Callable[[Session], object], *, refusals: Refusals, back_to: str) -> ResponseReturnValue:
    """Run an operation in a transaction of its own, say that it is done and go back; raises FormRefused."""
    with refusing(refusals, back_to=back_to), services().database.writing() as session:
        act(session)
    flash(say("tables.done"), "done")
    return redirect(back_to)
