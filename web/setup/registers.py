"""What the organisation is set up with: its registers to read, to change row by row, and to take in and out as files.

Who may change which is decided here, register by register (T3); every change is on record (S1).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from operations.imports.cells import (
    SeveralReader,
    WordReader,
    read_date,
    read_level,
    read_moment,
    read_phone,
    read_yes_no,
)
from operations.imports.problems import ImportRefused, Problem
from operations.imports.sentences import describe_trouble
from operations.imports.sheets import Column, write_sheet
from operations.imports.stored import Count
from operations.office.register_changes import (
    Cells,
    RowChange,
    RowThereAlready,
    find_last_change,
    find_row,
    lock_row,
    remove_row,
    take_file,
    write_row,
)
from operations.office.register_removals import RowGone, RowInUse
from operations.office.registers import BETWEEN_KEYS, REGISTERS, Register
from operations.reports.files import write_xlsx
from policies.languages import Language
from policies.roles import Role
from web.forms.form_fields import FormRefused, Refusals, refusing
from web.forms.shown_values import Spell, expect_shown, read_shown, say_who, write_shown
from web.foundation.access import ADMINISTRATORS, PLANNERS, for_roles, takes_up_to
from web.foundation.paging import PAGE_SIZE, Pages, address_of, read_page
from web.foundation.services import now, services
from web.layout.tables import house_zone, local
from web.wording.sentences import has_sentence, page_language, say

registers = Blueprint("registers", __name__, url_prefix="/registers")

LARGEST_FILE_BYTES = 5 * 1024 * 1024
REFUSALS: Refusals = {
    RowThereAlready: "registers.there_already",
    RowInUse: "registers.in_use",
    RowGone: "registers.gone",
}
SHOWN_PROBLEMS = 100
FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OFFSET = re.compile(r"(\d{2}:\d{2})(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$")

MANAGERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
KEEPERS: Mapping[str, frozenset[Role]] = {
    "customers": ADMINISTRATORS,
    "assets": ADMINISTRATORS,
    "agreements": ADMINISTRATORS,
    "certificates": MANAGERS | {Role.TRAINER},
    "skills": MANAGERS | {Role.TRAINER},
    "shifts": PLANNERS,
    "absences": PLANNERS,
    "duty": PLANNERS,
    "parts": MANAGERS | {Role.PARTS},
    "places": MANAGERS | {Role.PARTS},
    "loaners": MANAGERS | {Role.PARTS},
}
"""Who changes a register; managers and administrators where nothing else is said."""

READERS: Mapping[str, frozenset[Role]] = {
    "customers": frozenset(),
    "assets": frozenset(),
    "agreements": frozenset(),
    "products": frozenset({Role.AUDITOR, Role.SALESPERSON, Role.TRAINER, Role.PARTS}),
    "faults": frozenset({Role.AUDITOR, Role.DISPATCHER, Role.SUPERVISOR, Role.TRAINER}),
    "prices": frozenset({Role.AUDITOR, Role.SALESPERSON}),
    "service-points": frozenset({Role.AUDITOR, Role.SALESPERSON}),
    "technicians": frozenset({Role.AUDITOR, Role.DISPATCHER, Role.SUPERVISOR, Role.TRAINER}),
    "certificates": frozenset({Role.AUDITOR, Role.DISPATCHER, Role.SUPERVISOR}),
}
"""Who may see it besides; the auditor where nothing else is said."""


def keepers_of(name: str) -> frozenset[Role]:
    """Return who may change a register."""
    return KEEPERS.get(name, MANAGERS)


def readers_of(name: str) -> frozenset[Role]:
    """Return who may see a register."""
    return keepers_of(name) | READERS.get(name, frozenset({Role.AUDITOR}))


GROUPS: Mapping[str, tuple[str, ...]] = {
    "people": ("technicians", "skills", "certificates", "shifts", "absences", "duty"),
    "ground": ("areas", "territories", "service-points"),
    "machines": ("products", "faults", "preventive"),
    "customers": ("customers", "assets", "agreements", "prices"),
    "store": ("parts", "places", "loaners"),
}
"""The registers as their overview has them, each in one group."""

ANYBODY = frozenset(role for name in REGISTERS for role in readers_of(name))
"""Whoever may see at least one register."""

ANY_KEEPER = frozenset(role for name in REGISTERS for role in keepers_of(name))
"""Whoever may change at least one register: never an auditor."""


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of the list: its key, what it is called, and its cells as people read them."""

    key: str
    name: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Input:
    """One column of the form: its label, what is in it, and how it is filled in."""

    name: str
    label: str
    kind: str
    value: str
    is_required: bool
    is_fixed: bool
    choices: Sequence[tuple[str, str]]
    suggestions: Sequence[str]
    hint: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file would change or has changed, or all that is wrong with it."""

    is_taken: bool
    counts: Mapping[str, Count]
    changes: Sequence[RowChange]
    more_changes: int
    problems: Sequence[tuple[int, str, str]]
    more_problems: int


@registers.get("")
@for_roles(ANYBODY)
def show_all() -> ResponseReturnValue:
    """Every register that the user may see, by what it is about."""
    seen = {group: [name for name in names if current_user.role in readers_of(name)] for group, names in GROUPS.items()}
    return render_template("registers.html", groups=seen)


@registers.get("/<name>")
@for_roles(ANYBODY)
def show(name: str) -> ResponseReturnValue:
    """The rows of a register, those that are over only when asked for."""
    return _page(_readable(name))


@registers.get("/<name>.<kind>")
@for_roles(ANYBODY)
def download(name: str, kind: str) -> ResponseReturnValue:
    """The whole register as a file that can be taken in again."""
    register = _readable(name)
    if kind not in FILES:
        abort(404)
    is_chinese = page_language() is Language.ZH
    with services().database.reading() as session:
        rows = list(register.listing.write_all(session))
    if kind == "csv":
        data = "".join(write_sheet(register.columns, rows, is_chinese=is_chinese)).encode()
    else:
        headings = [column.name_zh if is_chinese else column.name for column in register.columns]
        data = write_xlsx(say(f"register.{name}"), headings, rows)
    response = Response(data, content_type=FILES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{now():%Y-%m-%d}.{kind}"'
    return response


@registers.post("/<name>/file")
@for_roles(ANY_KEEPER)
@takes_up_to(LARGEST_FILE_BYTES)
def take(name: str) -> ResponseReturnValue:
    """Take a file in, all of it or nothing; or only say what it would change."""
    register = _keepable(name)
    sent = request.files.getlist("file")
    if len(sent) > 1:
        abort(400)
    is_check = request.form.get("do") == "check"
    outcome = _try(register, b"".join(file.read() for file in sent), is_check=is_check)
    if request.headers.get("HX-Request"):
        return render_template("register_outcome.html", register=register, outcome=outcome)
    return _page(register, outcome)


@registers.get("/<name>/row")
@for_roles(ANY_KEEPER)
def edit(name: str) -> ResponseReturnValue:
    """The form for one row: the one of `key`, or a new one."""
    register = _keepable(name, by_hand=True)
    key = request.args.get("key", "")
    with services().database.reading() as session:
        shown = find_row(session, register=register, key=key) if key else None
        if key and shown is None:
            abort(404)
        return _form(session, register, shown)


@registers.post("/<name>/row")
@for_roles(ANY_KEEPER)
def write(name: str) -> ResponseReturnValue:
    """Add or change one row, or remove it; what is wrong stands beside its field."""
    register = _keepable(name, by_hand=True)
    shown = read_row_shown(register)
    cells = _read_cells(register, shown or {})
    key = register.key_of(shown) if shown else ""
    back_to = url_for("web.registers.edit", name=name, key=key or None)

    def act(session: Session) -> None:
        standing = expect_row(session, register=register, shown=shown) if shown else None
        if standing is not None and request.form.get("do") == "remove":
            remove_row(session, register=register, standing=standing, by=current_user.name, now=now())
        else:
            write_row(session, register=register, cells=cells, standing=standing, by=current_user.name, now=now())

    try:
        with refusing(REFUSALS, back_to=back_to), services().database.writing() as session:
            act(session)
    except ImportRefused as refused:
        raise _explain(register, refused.problems, back_to) from refused
    flash(say("tables.done"), "done")
    return redirect(url_for("web.registers.show", name=register.name))


def _read_cells(register: Register, shown: Cells) -> Cells:
    """Return what was typed; a time that stands as it was keeps its seconds and its offset, which no field shows."""
    cells = {column.name: request.form.get(column.name, "").strip() for column in register.columns}
    kept = (column for column in register.columns if column.read is read_moment and column.name in shown)
    return cells | {one.name: shown[one.name] for one in kept if cells[one.name] == _field_value(one, shown[one.name])}


def read_row_shown(register: Register) -> Cells | None:
    """Return the row the form was made with, None for a form of a new one; 400 for what no form of ours has written."""
    shown = read_shown()
    if shown and set(shown) != {column.name for column in register.columns}:
        abort(400)
    return shown or None


def expect_row(
    session: Session,
    *,
    register: Register,
    shown: Cells,
    names: Collection[str] | None = None,
    spell: Spell | None = None,
) -> Cells:
    """Return the row a form was made with, locked; raises FormRefused where it is another one now, or there no longer.

    `names` are the columns that the form changes, all of them where none are named; `spell` writes a cell for people.
    """
    key = register.key_of(shown)
    standing = lock_row(session, register=register, key=key)
    names = shown if names is None else names
    differing = [name for name in names if standing is None or standing[name] != shown[name]]
    last = find_last_change(session, register=register, key=key, names=differing) if differing else None
    by, at = (last.actor, local(last.occurred_at, house_zone(session))) if last else ("", "")
    if standing is None:
        raise FormRefused({}, message=" ".join([*say_who(by=by, at=at), say("registers.gone")]))
    columns = {column.name: column for column in register.columns}
    spell = spell or (lambda name, cell, _other: _shown_cell(columns[name], cell))
    expect_shown({name: standing[name] for name in names}, by=by, at=at, spell=spell)
    return standing


def _explain(register: Register, problems: Sequence[Problem], back_to: str) -> FormRefused:
    """Return what is wrong with a row: beside its fields, and above them what is about none of them."""
    names = [column.name for column in register.columns]
    faults = {name: "; ".join(_sentence(one) for one in problems if one.column == name) for name in names}
    elsewhere = [_sentence(one) for one in problems if one.column not in names]
    return FormRefused(
        {name: fault for name, fault in faults.items() if fault}, message=" ".join(elsewhere), back_to=back_to
    )


def _form(session: Session, register: Register, shown: Cells | None) -> str:
    return render_template(
        "register_row.html",
        register=register,
        inputs=[_input(session, register, column, shown) for column in register.columns],
        shown=write_shown(shown) if shown else "",
        key=register.key_of(shown) if shown else "",
        name=_name_row(register.key_of(shown)) if shown else "",
    )


def _input(session: Session, register: Register, column: Column, shown: Cells | None) -> Input:
    kind = KINDS.get(column.read, "choice" if isinstance(column.read, WordReader) else "text")
    return Input(
        name=column.name,
        label=_label(column),
        kind=kind,
        value=_field_value(column, (shown or {}).get(column.name, "")),
        is_required=column.is_required,
        is_fixed=shown is not None and column.name in register.keys,
        choices=_choices(column),
        suggestions=[] if isinstance(column.read, SeveralReader) else _known(session, register, column),
        hint=_hint(session, register, column),
    )


KINDS: Mapping[Callable[[str], Any], str] = {
    read_yes_no: "choice",
    read_date: "date",
    read_moment: "datetime-local",
    read_phone: "tel",
}
"""How a column's field is filled in, by what reads it; a list's words are a choice, everything else is text."""


def _field_value(column: Column, cell: str) -> str:
    """Return a cell as its field holds it: the browser's field of a time knows no offset."""
    return OFFSET.sub(r"\1", cell).replace(" ", "T") if column.read is read_moment else cell


def _choices(column: Column) -> list[tuple[str, str]]:
    if column.read is read_yes_no:
        choices = [("1", say("registers.yes")), ("0", say("registers.no"))]
    elif isinstance(column.read, WordReader):
        choices = [(word, _word(column, word)) for word in column.read.choices]
    else:
        return []
    return choices if column.is_required else [("", ""), *choices]


def _hint(session: Session, register: Register, column: Column) -> str:
    """Say how several values stand in one field, and which there are."""
    if not isinstance(column.read, SeveralReader):
        return ""
    how = say("registers.several_levels" if column.read.each is read_level else "registers.several")
    known = _known(session, register, column)[:NAMED_IN_HINT]
    return f"{how} {say('registers.known', known=' '.join(known))}" if known else how


NAMED_IN_HINT = 40
SUGGESTED = {
    "technician_number": ("technicians", "technician_number"),
    "skill": ("skills", "skill_code"),
    "fault": ("faults", "fault_code"),
    "area": ("areas", "area"),
    "model_code": ("products", "model_code"),
    "family": ("products", "family"),
    "place_code": ("places", "place_code"),
    "skills": ("skills", "skill_code"),
    "territories": ("territories", "territory_code"),
}
"""Columns that refer to another register: where what may stand in them is kept."""


def _known(session: Session, register: Register, column: Column) -> list[str]:
    source, name = SUGGESTED.get(column.name, (register.name, ""))
    return [] if source == register.name else REGISTERS[source].listing.list_values(session, name)


def _page(register: Register, outcome: Outcome | None = None) -> str:
    words, past = request.args.get("q", "").strip()[:60], request.args.get("past") == "1"
    with services().database.reading() as session:
        pages, rows = _read_rows(session, register, words, is_past=past)
    return render_template(
        "register.html",
        register=register,
        headers=[_label(column) for column in register.columns],
        rows=[_row_line(register, cells) for cells in rows],
        pages=pages,
        address_of=address_of,
        words=words,
        past=past,
        may_change=current_user.role in keepers_of(register.name),
        largest_megabytes=LARGEST_FILE_BYTES // 1024 // 1024,
        outcome=outcome,
    )


def put_in_words(register: Register, change: RowChange) -> RowChange:
    """Return what became of a row with its columns and cells as people read them."""
    columns = {column.name: column for column in register.columns}

    def write(cells: Cells | None) -> Cells | None:
        # A record of earlier days may hold columns that the register has no longer.
        known = None if cells is None else {name: cell for name, cell in cells.items() if name in columns}
        return known and {_label(columns[name]): _shown_cell(columns[name], cell) for name, cell in known.items()}

    return RowChange(_name_row(change.row), write(change.before), write(change.after))


def _read_rows(session: Session, register: Register, words: str, *, is_past: bool) -> tuple[Pages, list[Cells]]:
    if register.has_own_page:
        return Pages(1, 0, PAGE_SIZE), []
    day = now().astimezone(house_zone(session)).replace(hour=0, minute=0, second=0, microsecond=0)
    listing = register.listing
    which = listing.fits(words=words, day=None if is_past else day.date(), begins_at=day)
    pages = read_page(listing.count(session, which=which))
    rows = listing.write_page(session, which=which, skip=pages.skipped, limit=pages.size)
    return pages, [register.cells(row) for row in rows]


def _name_row(key: str) -> str:
    """Return a row's key as people read it."""
    return BETWEEN_KEYS.join(OFFSET.sub(r"\1", part) for part in key.split(BETWEEN_KEYS))


def _row_line(register: Register, cells: Cells) -> RowLine:
    key = register.key_of(cells)
    return RowLine(key, _name_row(key), [_shown_cell(column, cells[column.name]) for column in register.columns])


def _shown_cell(column: Column, cell: str) -> str:
    if column.read is read_yes_no and cell:
        return say("registers.yes" if cell == "1" else "registers.no")
    if isinstance(column.read, WordReader):
        return _word(column, cell)
    return OFFSET.sub(r"\1", cell).replace(";", "; ")


def _word(column: Column, word: str) -> str:
    """Return a word of a list as the page's language has it: files know the Chinese one too."""
    if page_language() is Language.ZH and isinstance(column.read, WordReader):
        return column.read.choices.get(word, word)
    name = f"{column.name}.{word}"
    return say(name) if has_sentence(name) else word.replace("_", " ")


def _try(register: Register, data: bytes, *, is_check: bool) -> Outcome:
    counts: Mapping[str, Count] = {}
    changes: Sequence[RowChange] = ()
    problems: Sequence[Problem] = ()
    try:
        with services().database.writing() as session:
            counts, changes = take_file(
                session, register=register, data=data, by=current_user.name, source="file", now=now()
            )
            if is_check:
                session.rollback()
    except ImportRefused as refused:
        problems = refused.problems
    labels = _label_of(register)
    return Outcome(
        is_taken=not is_check and not problems,
        counts=counts,
        changes=[put_in_words(register, change) for change in changes[:SHOWN_PROBLEMS]],
        more_changes=max(0, len(changes) - SHOWN_PROBLEMS),
        problems=[(one.line, labels.get(one.column, one.column), _sentence(one)) for one in problems[:SHOWN_PROBLEMS]],
        more_problems=max(0, len(problems) - SHOWN_PROBLEMS),
    )


def _readable(name: str) -> Register:
    register = REGISTERS.get(name) or abort(404)
    if current_user.role not in readers_of(name):
        abort(403)
    return register


def _keepable(name: str, *, by_hand: bool = False) -> Register:
    register = _readable(name)
    if current_user.role not in keepers_of(name):
        abort(403)
    if by_hand and register.has_own_page:
        abort(404)
    return register


def _sentence(problem: Problem) -> str:
    return describe_trouble(problem, page_language())


def _label(column: Column) -> str:
    if page_language() is Language.ZH:
        return column.name_zh
    words = re.sub(r"_en$", " (English)", re.sub(r"_(at|on)$", "", column.name))
    return words[:1].upper() + words[1:].replace("_", " ")


def _label_of(register: Register) -> dict[str, str]:
    return {column.name: _label(column) for column in register.columns}
