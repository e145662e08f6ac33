"""The seven reports and the key figures: on screen with a chart, down to the records, as CSV and XLSX (R)."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from operations.reports.catalogue import REPORTS
from operations.reports.files import FileCell
from operations.reports.key_figures import (
    KeyFigure,
    NoSuchFigure,
    Side,
    list_figure_records,
    read_key_figure,
    read_key_figures,
)
from operations.reports.shape import MOST_RECORDS, Record, Report, ReportRow, Stretch, Unit, Value
from policies.periods import NotAPeriod, Period, month_ends, month_of, neighbours, read_period, steps
from web.foundation.access import OFFICE, for_roles
from web.foundation.downloads import send_table
from web.foundation.services import now, services
from web.layout.navigation import may_open
from web.layout.tables import Cell, Link, Mark, Row, Table, house_zone, local, request_cell, show_tables
from web.wording.report_cells import file_cell, write_cell, write_number
from web.wording.sentences import say
from web.wording.words import Tone

reports = Blueprint("reports", __name__, url_prefix="/reports")
MOST_ROWS = 300
MOST_BARS = 20
PLACES = {
    "call": ("web.calls.show_one", "call_id"),
    "clock": ("web.commitments.show_one", "clock_id"),
    "complaint": ("web.complaints.show", "number"),
}
"""The pages records have of their own, and how those are asked for one."""


@reports.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """The key figures of a period, and the way to the reports."""
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        figures = read_key_figures(session, _stretch(period, zone), month_ends=_ends(period, zone))
    kind = request.args.get("as", "")
    if kind:
        return _send_figures(kind, figures, period)
    headings = [say(f"reports.{name}") for name in ("figure", "value", "counted", "target", "definition")]
    rows = [_figure_row(one, period) for one in figures]
    table = Table("figures", say("reports.figures"), headings, rows, "")

    def file_address(_: Table, kind: str) -> str:
        return url_for(".show_all", period=period.name) + "&" + urlencode({"as": kind})

    return _page(
        "reports.html",
        say("nav.reports"),
        [table],
        period,
        "web.reports.show_all",
        name=None,
        file_address=file_address,
    )


@reports.get("/figures/<name>")
@for_roles(OFFICE)
def figure(name: str) -> ResponseReturnValue:
    """How a key figure moved: a line for each step of the period, with its chart and its definition."""
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        try:
            moved = [(step, _read_figure(session, name, step, zone)) for step in steps(period)]
        except NoSuchFigure:
            abort(404)
    title = say(f"key_figure.{name}")
    headings = [say(f"reports.{heading}") for heading in ("period", "value", "counted", "target")]
    lines = [
        Row([Link(step.name, url_for(".show_all", period=step.name)), *_figure_cells(one, step)]) for step, one in moved
    ]
    return _page(
        "report_table.html",
        title,
        [Table("figure", title, headings, lines, "")],
        period,
        "web.reports.figure",
        name=name,
        chart=_line_chart(title, moved),
        is_line=True,
        definition=say(f"key_figure_definition.{name}"),
    )


@reports.get("/figures/<name>/<side>")
@for_roles(OFFICE)
def figure_records(name: str, side: str) -> ResponseReturnValue:
    """What a key figure counted, or the others, or what it is measured against."""
    if side not in set(Side):
        abort(404)
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        try:
            found = list_figure_records(session, _stretch(period, zone), name=name, side=Side(side))
        except NoSuchFigure:
            abort(404)
    title = say("reports.side", figure=say(f"key_figure.{name}"), side=say(f"reports.{side}"), period=period.name)
    return _show_records(title, found, zone)


@reports.get("/<name>")
@for_roles(OFFICE)
def show(name: str) -> ResponseReturnValue:
    """One report with its definition and its chart; each line leads to what it counted."""
    report = REPORTS.get(name) or abort(404)
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        rows, count = _read_first(session, report, _stretch(period, zone))
        moved = (
            [(step.name, report.add_up(session, _stretch(step, zone))) for step in steps(period)]
            if report.add_up is not None and count
            else []
        )
    lines = [
        Row([_first_cell(report, row, period), *(write_cell(value, *unit) for value, unit in _rest(report, row))])
        for row in rows
    ]
    title = say(f"report.{name}")
    table = Table("report", title, _headings(report), lines, say("reports.nothing"))
    return _page(
        "report_table.html",
        title,
        [table],
        period,
        "web.reports.show",
        name=name,
        chart=_chart_over_time(report, moved) if moved else _chart(report, rows),
        count=count,
        most=MOST_ROWS,
        definition=say(f"report_definition.{name}"),
    )


@reports.get("/<name>/records")
@for_roles(OFFICE)
def records(name: str) -> ResponseReturnValue:
    """What one line of a report counted."""
    report = REPORTS.get(name) or abort(404)
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        try:
            found = report.list_records(session, _stretch(period, zone), request.args.get("key", "")[:80])
        except ValueError:
            abort(404)
    return _show_records(say("reports.records", report=say(f"report.{name}")), found, zone)


@reports.get("/<name>.<kind>")
@for_roles(OFFICE)
def download(name: str, kind: str) -> ResponseReturnValue:
    """The whole report as a file."""
    report = REPORTS.get(name) or abort(404)
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        rows = report.read(session, _stretch(period, zone))
    headings = _headings(report)
    cells: list[list[FileCell]] = [
        [file_cell(value, column.unit) for value, column in zip(row.values, report.columns, strict=True)]
        for row in rows
    ]
    return send_table(kind, name=f"{name}-{period.name}", title=say(f"report.{name}"), headings=headings, rows=cells)


def _read_first(session: Session, report: Report, stretch: Stretch) -> tuple[list[ReportRow], int]:
    """Return as many rows as a page holds, and how many there are."""
    if report.read_first is not None:
        return report.read_first(session, stretch, MOST_ROWS)
    rows = report.read(session, stretch)
    return rows[:MOST_ROWS], len(rows)


def _page(
    template: str, title: str, tables: Sequence[Table], period: Period, endpoint: str, **values: object
) -> ResponseReturnValue:
    before, after = neighbours(period)
    return render_template(
        template,
        title=title,
        tables=tables,
        period=period.name,
        before=before.name,
        after=after.name,
        endpoint=endpoint,
        names=list(REPORTS),
        is_headed=True,
        **values,
    )


def _period(zone: ZoneInfo) -> Period:
    text = request.args.get("period", "")
    if not text:
        return month_of(now().astimezone(zone).date())
    try:
        return read_period(text)
    except NotAPeriod:
        abort(404)


def _stretch(period: Period, zone: ZoneInfo) -> Stretch:
    return Stretch(_midnight(period.from_on, zone), _midnight(period.until_on, zone))


def _midnight(on: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(), zone).astimezone(dt.UTC)


def _read_figure(session: Session, name: str, period: Period, zone: ZoneInfo) -> KeyFigure:
    return read_key_figure(session, _stretch(period, zone), name=name, month_ends=_ends(period, zone))


def _ends(period: Period, zone: ZoneInfo) -> list[dt.datetime]:
    return [_midnight(on, zone) for on in month_ends(period)]


def _figure_row(one: KeyFigure, period: Period) -> Row:
    name = Link(say(f"key_figure.{one.name}"), url_for(".figure", name=one.name, period=period.name))
    return Row([name, *_figure_cells(one, period), say(f"key_figure_definition.{one.name}")])


def _figure_cells(one: KeyFigure, period: Period) -> tuple[Cell, ...]:
    """Return the value against its target, the ways to what was counted, and the target."""
    tone = {True: Tone.KEPT, False: Tone.BROKEN, None: Tone.CALM}[one.is_met]
    ways = tuple(Link(_side_text(one, side), _side_address(one, side, period)) for side in one.sides)
    return Mark(write_number(one.value, one.unit), tone), ways, _target(one)


def _target(one: KeyFigure) -> str:
    sign = "≥" if one.is_at_least else "≤"
    return "" if one.target is None else f"{sign} {write_number(one.target, one.unit)}"


def _side_address(one: KeyFigure, side: Side, period: Period) -> str:
    return url_for("web.reports.figure_records", name=one.name, side=side, period=period.name)


def _side_text(one: KeyFigure, side: Side) -> str:
    """Return what a link to one side of a figure says: its word and how much it comes to."""
    amount = {Side.COUNTED: one.part, Side.OTHERS: one.whole - one.part, Side.AGAINST: one.whole}[side]
    return f"{say(f'reports.{side}')} {write_number(amount, one.counted_in)}"


def _send_figures(kind: str, figures: Sequence[KeyFigure], period: Period) -> ResponseReturnValue:
    """The key figures as a file, with their definitions; amounts in whole units of the currency."""
    headings = [say(f"reports.{name}") for name in ("figure", "value", "counted", "of", "target", "definition")]
    cells: list[list[FileCell]] = [
        [
            say(f"key_figure.{one.name}"),
            _whole_units(one.value, one.unit),
            _whole_units(one.part, one.counted_in),
            _whole_units(one.whole, one.counted_in),
            one.target,
            say(f"key_figure_definition.{one.name}"),
        ]
        for one in figures
    ]
    name = f"key_figures-{period.name}"
    return send_table(kind, name=name, title=say("reports.figures"), headings=headings, rows=cells)


def _whole_units(value: float | None, unit: Unit) -> float | None:
    return value / 100 if unit is Unit.CENTS and value is not None else value


def _headings(report: Report) -> list[str]:
    return [say(f"reports.{column.name}") for column in report.columns]


def _first_cell(report: Report, row: ReportRow, period: Period) -> Cell:
    address = url_for("web.reports.records", name=report.name, key=row.key, period=period.name)
    return Link(write_cell(row.values[0], report.columns[0].unit) or "–", address)


def _rest(report: Report, row: ReportRow) -> list[tuple[Value, tuple[Unit]]]:
    return [(value, (column.unit,)) for value, column in zip(row.values[1:], report.columns[1:], strict=True)]


def _chart(report: Report, rows: Sequence[ReportRow]) -> str | None:
    """Return what the chart draws as JSON: the first lines' names and the column that counts; None for no chart."""
    index = next((i for i, column in enumerate(report.columns) if column.name == report.chart), None)
    if index is None or not rows:
        return None
    shown = sorted(rows, key=lambda row: _height(row.values[index]), reverse=True)[:MOST_BARS]
    labels = [i for i, column in enumerate(report.columns) if column.unit is Unit.TEXT]
    return _drawn(
        say(f"reports.{report.chart}"),
        [_label(report, row, labels) for row in shown],
        [file_cell(row.values[index], report.columns[index].unit) for row in shown],
    )


def _height(value: Value) -> float:
    return value if isinstance(value, int | float) else 0


def _chart_over_time(report: Report, moved: Sequence[tuple[str, int]]) -> str:
    """What a report adds up to in each step of its period."""
    unit = next((column.unit for column in report.columns if column.name == report.chart), Unit.COUNT)
    values = [file_cell(value, unit) for _, value in moved]
    return _drawn(say(f"reports.{report.chart}"), [name for name, _ in moved], values, is_over_time=True)


def _line_chart(title: str, moved: Sequence[tuple[Period, KeyFigure]]) -> str | None:
    """A figure over time, with its target as a line of its own where it has one; None where it has no value at all."""
    values = [_whole_units(one.value, one.unit) for _, one in moved]
    if all(value is None for value in values):
        return None
    aimed = next((one for _, one in moved if one.target is not None), None)
    line = {"target": aimed.target, "target_name": _target(aimed)} if aimed else {}
    names, is_share = [step.name for step, _ in moved], moved[0][1].unit is Unit.PERCENT
    return _drawn(title, names, values, is_over_time=True, is_line=True, is_share=is_share, **line)


def _drawn(title: str, names: Sequence[str], values: Sequence[FileCell], **more: object) -> str:
    """Return what js/charts.js draws: the values by name, in the units the page says them in."""
    return json.dumps({"title": title, "names": names, "values": values, **more}, ensure_ascii=False)


def _label(report: Report, row: ReportRow, labels: Sequence[int]) -> str:
    return " · ".join(write_cell(row.values[i], report.columns[i].unit) for i in labels[:2])


def _show_records(title: str, found: Sequence[Record], zone: ZoneInfo) -> ResponseReturnValue:
    """A page of records; it also comes as a file."""
    has_values = any(one.value is not None for one in found)
    columns = ("request", "at", "what", *(["amount"] if has_values else []))
    headings = [say(f"reports.{column}") for column in columns]
    rows = [_record_row(one, zone, has_values=has_values) for one in found]
    if len(found) == MOST_RECORDS:
        title = say("reports.first", title=title, most=MOST_RECORDS)
    return show_tables(title=title, tables=[Table("records", title, headings, rows, say("reports.nothing"))])


def _record_row(one: Record, zone: ZoneInfo, *, has_values: bool) -> Row:
    cell = request_cell(one.request_number) if one.request_number else ""
    return Row([cell, local(one.at, zone), _what(one), *([_amount(one)] if has_values else [])])


def _what(one: Record) -> Cell:
    """Return what a record was, with the way to its own page for those who may open it."""
    text = write_cell(one.what, Unit.TEXT)
    if one.place is None:
        return text
    page, parameter = PLACES[one.place[0]]
    which: dict[str, Any] = {parameter: one.place[1]}
    return Link(text, url_for(page, **which)) if may_open(page) else text


def _amount(one: Record) -> str:
    if one.value is None:
        return ""
    number = write_number(one.value, one.unit)
    return f"{number} {say('reports.minutes')}" if one.unit is Unit.MINUTES else number
