"""Pages that are lists with something to do on each line: what they show, as plain data for `tables.html`."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from operations.day.day import find_area
from web.forms.form_fields import Refusals, refusing
from web.foundation.downloads import send_table
from web.foundation.services import now, services
from web.layout.navigation import may_open
from web.wording.sentences import say
from web.wording.words import Tone, instant


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


Cell = str | Link | Mark | tuple[Link, ...]
"""What stands in a cell; several links stand beside each other."""


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
    """A form: where it goes, what its button says, what has to be filled in; `get` leads to a page, `post` does it."""

    address: str
    label: str
    fields: Sequence[Field] = ()
    method: str = "post"


@dataclass(frozen=True, slots=True)
class Row:
    """A line: its cells, and what can be done about it."""

    cells: Sequence[Cell]
    acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A part of the page; `nothing` is said where there are no lines. `lists` complete what is typed, by name.

    `found` is how many lines there are in all where they are more than the rows: the page and the file say so.
    """

    name: str
    title: str
    headers: Sequence[str]
    rows: Sequence[Row]
    nothing: str
    acts: Sequence[Act] = field(default_factory=tuple)
    lists: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    found: int = 0


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


def show_tables(
    *, title: str, tables: Sequence[Table], template: str = "tables.html", **more: object
) -> Response | str:
    """Return a page of lists; asked with `list` and `as`, one of them as a file: CSV for systems, XLSX for people.

    An unknown list or kind of file is 404. Whoever may see the page may take its lists along.
    """
    if file := send_list(tables):
        return file
    return render_template(template, title=title, tables=tables, file_address=file_address, **more)


def send_list(tables: Sequence[Table]) -> Response | None:
    """Return the list that the address asks for with `list` and `as` as a file, None where it asks for none.

    A list cut short says so in its last line. An unknown list or kind of file is 404.
    """
    kind = request.args.get("as", "")
    if not kind:
        return None
    table = next((one for one in tables if one.name == request.args.get("list")), None) or abort(404)
    rows = [[cell_text(cell) for cell in row.cells] for row in table.rows]
    if table.found > len(rows):
        rows.append([say("tables.cut", shown=len(rows), found=table.found)])
    return send_table(kind, name=f"onecall-{table.name}", title=table.title, headings=table.headers, rows=rows)


def cell_text(cell: Cell) -> str:
    """Return what a cell says, as a file has it."""
    if isinstance(cell, tuple):
        return " / ".join(link.text for link in cell)
    return cell if isinstance(cell, str) else cell.text


def file_address(table: Table, kind: str) -> str:
    """Return where this list is to be had as a file, as narrowed as it is shown, with all its pages."""
    shown = {name: value for name, value in request.args.items() if name not in {"list", "as", "page", "before"}}
    return "?" + urlencode({**shown, "list": table.name, "as": kind})


def carry_out(act: Callable[[Session], object], *, refusals: Refusals, back_to: str) -> ResponseReturnValue:
    """Run an operation in a transaction of its own, say that it is done and go back; raises FormRefused."""
    with refusing(refusals, back_to=back_to), services().database.writing() as session:
        act(session)
    flash(say("tables.done"), "done")
    return redirect(back_to)
