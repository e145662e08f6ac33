"""How pages and files write what a report holds: names, words, dates, shares, money (R)."""

import datetime as dt

from operations.reports.files import FileCell
from operations.reports.shape import FAMILY, Name, Term, Unit, Value
from policies.languages import Language
from web.wording.families import family_names
from web.wording.sentences import page_language, say


def write_number(value: float | None, unit: Unit) -> str:
    """Return a number as pages have it: cents in whole units of the currency, two decimals at most."""
    if value is None:
        return "–"
    if unit is Unit.CENTS:
        return f"{value / 100:,.2f}"
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{number} %" if unit is Unit.PERCENT else number


def write_cell(value: Value, unit: Unit) -> str:
    """Return a report's value as pages have it, in the page's language; a dash for none."""
    cell = file_cell(value, unit)
    if cell is None:
        return "–"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if unit is Unit.PERCENT:
        return f"{cell} %"
    return f"{cell:,.2f}" if unit is Unit.CENTS and isinstance(cell, float) else str(cell)


def file_cell(value: Value, unit: Unit) -> FileCell:
    """Return a value as a file has it; money in whole units of the currency."""
    if isinstance(value, Name):
        return (value.text_en if page_language() is Language.EN else None) or value.text
    if isinstance(value, Term):
        if value.prefix == FAMILY:
            return family_names().get(value.word, value.word)
        return say(f"{value.prefix}.{value.word}")
    if unit is Unit.CENTS and value is not None and not isinstance(value, dt.date):
        return value / 100
    return value
