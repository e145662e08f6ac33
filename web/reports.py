"""The seven reports and the key figures: on screen with a chart, down to the records, as CSV and XLSX (R)."""

import datetime as dt
import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from operations.reports.catalogue import REPORTS
from operations.reports.files import FileCell
from operations.reports.key_figures import KeyFigure, read_key_figures
from operations.reports.shape import MOST_RECORDS, Name, Record, Report, ReportRow, Stretch, Term, Unit, Value
from policies.languages import Language
from policies.periods import NotAPeriod, Period, month_of, neighbours, read_period
from web.access import OFFICE, for_roles
from web.downloads import send_table
from web.sentences import page_language, say
from web.services import now, services
from web.tables import Cell, Link, Mark, Row, Table, house_zone, local
from web.words import Tone

reports = Blueprint("reports", __name__, url_prefix="/reports")
MOST_ROWS = 300
MOST_BARS = 20


@reports.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """The key figures of a period, and the way to the reports."""
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        figures = read_key_figures(session, _stretch(period, zone))
    headings = [say(f"reports.{name}") for name in ("figure", "value", "counted", "target", "definition")]
    table = Table("figures", say("reports.figures"), headings, [_figure_row(one) for one in figures], "")
    return _page("reports.html", say("nav.reports"), [table], period, "web.reports.show_all", name=None)


@reports.get("/<name>")
@for_roles(OFFICE)
def show(name: str) -> ResponseReturnValue:
    """One report with its definition and its chart; each line leads to what it counted."""
    report = REPORTS.get(name) or abort(404)
    with services().database.reading() as session:
        zone = house_zone(session)
        period = _period(zone)
        rows, count = _read_first(session, report, _stretch(period, zone))
    lines = [
        Row([_first_cell(report, row, period), *(_cell(value, *unit) for value, unit in _rest(report, row))])
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
        chart=_chart(report, rows),
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
    headings = [say(f"reports.{column}") for column in ("request", "at", "what")]
    rows = [_record_row(one, zone) for one in found]
    title = say("reports.records", report=say(f"report.{name}"))
    table = Table("records", title, headings, rows, say("reports.nothing"))
    return _page("tables.html", title, [table], period, "web.reports.show", name=name, most=MOST_RECORDS)


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
        [_file_cell(value, column.unit) for value, column in zip(row.values, report.columns, strict=True)]
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
    from_at, until_at = (
        dt.datetime.combine(on, dt.time(), zone).astimezone(dt.UTC) for on in (period.from_on, period.until_on)
    )
    return Stretch(from_at, until_at)


def _figure_row(one: KeyFigure) -> Row:
    value = "–" if one.value is None else f"{one.value:g} %" if one.unit is Unit.PERCENT else f"{one.value:g}"
    sign = "≥" if one.is_at_least else "≤"
    target = "" if one.target is None else f"{sign} {one.target:g}{' %' if one.unit is Unit.PERCENT else ''}"
    tone = {True: Tone.KEPT, False: Tone.BROKEN, None: Tone.CALM}[one.is_met]
    counted = f"{one.part:g} / {one.whole:g}" if one.unit is Unit.PERCENT else ""
    named = say(f"key_figure.{one.name}"), say(f"key_figure_definition.{one.name}")
    return Row([named[0], Mark(value, tone), counted, target, named[1]])


def _headings(report: Report) -> list[str]:
    return [say(f"reports.{column.name}") for column in report.columns]


def _first_cell(report: Report, row: ReportRow, period: Period) -> Cell:
    address = url_for("web.reports.records", name=report.name, key=row.key, period=period.name)
    return Link(_cell(row.values[0], report.columns[0].unit) or "–", address)


def _rest(report: Report, row: ReportRow) -> list[tuple[Value, tuple[Unit]]]:
    return [(value, (column.unit,)) for value, column in zip(row.values[1:], report.columns[1:], strict=True)]


def _cell(value: Value, unit: Unit) -> str:
    cell = _file_cell(value, unit)
    if cell is None:
        return "–"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if unit is Unit.PERCENT:
        return f"{cell} %"
    return f"{cell:,.2f}" if unit is Unit.CENTS and isinstance(cell, float) else str(cell)


def _file_cell(value: Value, unit: Unit) -> FileCell:
    """Return a value as a file has it; money in whole units of the currency."""
    if isinstance(value, Name):
        return (value.text_en if page_language() is Language.EN else None) or value.text
    if isinstance(value, Term):
        return say(f"{value.prefix}.{value.word}")
    if unit is Unit.CENTS and value is not None and not isinstance(value, dt.date):
        return value / 100
    return value


def _chart(report: Report, rows: Sequence[ReportRow]) -> str | None:
    """Return what the chart draws as JSON: the first lines' names and the column that counts; None for no chart."""
    index = next((i for i, column in enumerate(report.columns) if column.name == report.chart), None)
    if index is None or not rows:
        return None
    shown = rows[:MOST_BARS]
    labels = [i for i, column in enumerate(report.columns) if column.unit is Unit.TEXT]
    return json.dumps(
        {
            "names": [_label(report, row, labels) for row in shown],
            "values": [_file_cell(row.values[index], report.columns[index].unit) for row in shown],
            "title": say(f"reports.{report.chart}"),
        },
        ensure_ascii=False,
    )


def _label(report: Report, row: ReportRow, labels: Sequence[int]) -> str:
    return " · ".join(_cell(row.values[i], report.columns[i].unit) for i in labels[:2])


def _record_row(one: Record, zone: ZoneInfo) -> Row:
    number = one.request_number
    link = Link(number, url_for("web.requests.show", number=number)) if number else ""
    return Row([link, local(one.at, zone), _cell(one.what, Unit.TEXT)])
