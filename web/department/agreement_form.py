"""Writing a service agreement: its terms and what it covers, wrong cells told beside their fields (C6, M2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Agreement, Asset, Customer, Product, Site
from operations.foundation.events import list_events
from operations.imports.problems import ImportRefused
from operations.imports.sentences import describe_trouble
from operations.money.agreements import agreement_subject, find_agreement
from operations.office.agreement_drafts import (
    FIRST_LINE,
    LINE_NAMES,
    OWN_NAMES,
    Cells,
    lock_draft,
    new_draft,
    read_draft,
    write_draft,
)
from policies.agreements import AgreementKind, AgreementMoveRefused, AgreementState
from web.forms.form_fields import FormRefused, refusing
from web.forms.refusals import REFUSALS
from web.forms.shown_values import Spell, expect_shown, read_shown, spell_as_it_is, write_shown
from web.foundation.access import HELPERS, for_roles
from web.foundation.services import now, services
from web.layout.tables import house_zone, local
from web.wording.sentences import in_language, page_language, say

agreement_form = Blueprint("agreement_form", __name__, url_prefix="/agreements")
EMPTY_LINES = 3
MOST_SUGGESTED = 300
NEW_LINE = dict.fromkeys(LINE_NAMES, "")
FIRST_NEW_LINE = NEW_LINE | {
    "labour_percent": "100",
    "travel_percent": "100",
    "main_part_percent": "100",
    "wear_part_percent": "0",
}
DATES = frozenset({"from_on", "last_on"})
OPTIONAL = frozenset(
    {
        "agreement_number",
        "response_hours",
        "restoration_hours",
        "late_response_percent",
        "late_restoration_percent_per_day",
        "failed_inspection_percent",
    }
)


@dataclass(frozen=True, slots=True)
class TermField:
    """One term of the form."""

    name: str
    label: str
    kind: str
    value: str
    is_required: bool
    is_fixed: bool


@agreement_form.get("/new")
@for_roles(HELPERS)
def start() -> ResponseReturnValue:
    """An empty form, or one for a customer."""
    with services().database.reading() as session:
        own = new_draft(session, customer_number=request.args.get("customer", "")[:24], now=now())
        return _page(session, own, [FIRST_NEW_LINE])


@agreement_form.post("/new")
@for_roles(HELPERS)
def write_new() -> ResponseReturnValue:
    """A draft is written down; another puts it in force."""
    return _write(_read_own(), None)


@agreement_form.get("/<number>/edit")
@for_roles(HELPERS)
def edit(number: str) -> ResponseReturnValue:
    """A draft to be changed; one in force never is."""
    with services().database.reading() as session:
        agreement = find_agreement(session, number=number)
        if agreement is None or agreement.state is not AgreementState.DRAFT:
            abort(404)
        own, lines = read_draft(session, number=number)
        return _page(session, own, lines, number=number)


@agreement_form.post("/<number>/edit")
@for_roles(HELPERS)
def write_again(number: str) -> ResponseReturnValue:
    """A draft is changed, unless somebody else changed it meanwhile."""
    return _write(_read_own() | {"agreement_number": number}, number)


def _write(own: Cells, number: str | None) -> ResponseReturnValue:
    """Write the draft of this number, or a new one."""
    places, lines = _read_lines()
    refusals = {**REFUSALS, AgreementMoveRefused: "tables.too_late"}
    try:
        with refusing(refusals), services().database.writing() as session:
            standing = None if number is None else expect_draft(session, number)
            agreement = write_draft(session, own=own, lines=lines, standing=standing, by=current_user.name, now=now())
            number = agreement.number
    except ImportRefused as refused:
        raise FormRefused(_faults(refused, places)) from refused
    flash(say("tables.done"), "done")
    return redirect(url_for("web.agreements.show", number=number))


def write_draft_shown(session: Session, number: str) -> str:
    """Return what a page shows of a draft, for its forms to send back; nothing where there is no such agreement."""
    return write_shown(_shown(*read_draft(session, number=number)))


def expect_draft(session: Session, number: str, *, spell: Spell = spell_as_it_is) -> Agreement:
    """Return the draft, locked; raises FormRefused where it is another one than the form showed."""
    draft = lock_draft(session, number=number)
    present = _shown(*read_draft(session, number=number))
    last = list_events(session, subject=agreement_subject(draft.id))[-1:]
    at = "".join(local(one.occurred_at, house_zone(session)) for one in last)
    # A line taken out meanwhile has no cells any more, and is another one by that.
    expect_shown(dict.fromkeys(read_shown(), "") | present, by="".join(one.actor for one in last), at=at, spell=spell)
    return draft


def _shown(own: Cells, lines: Sequence[Cells]) -> dict[str, str]:
    """Return what the form shows, by field: a term stands once, what is covered once a line."""
    return {**own, **{f"{name}#{place}": line[name] for place, line in enumerate(lines) for name in LINE_NAMES}}


def _faults(refused: ImportRefused, places: Sequence[int]) -> dict[str, str]:
    """Each problem beside its field: a term stands once, what is covered once a line."""
    faults: dict[str, str] = {}
    for problem in refused.problems:
        place = places[min(max(problem.line - FIRST_LINE, 0), len(places) - 1)]
        name = problem.column
        if name in LINE_NAMES and place:
            name = f"{name}#{place}"
        elif name == "position":
            name = f"{LINE_NAMES[0]}#{place}" if place else LINE_NAMES[0]
        faults.setdefault(name, describe_trouble(problem, page_language()))
    return faults


def _read_own() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in OWN_NAMES}


def _read_lines() -> tuple[list[int], list[dict[str, str]]]:
    """Return the lines that are filled in, with their places in the form; the first one stands whatever is in it."""
    columns = {name: [cell.strip() for cell in request.form.getlist(name)] for name in LINE_NAMES}
    count = max((len(cells) for cells in columns.values()), default=0)
    found = [
        {name: cells[place] if place < len(cells) else "" for name, cells in columns.items()} for place in range(count)
    ]
    used = [
        place
        for place, line in enumerate(found)
        if place == 0 or any(line[name] for name in LINE_NAMES if name != "covers_misuse")
    ]
    return used or [0], [found[place] for place in used] or [dict(NEW_LINE)]


def _page(session: Session, own: Cells, lines: Sequence[Cells], *, number: str = "") -> str:
    empty = [NEW_LINE] * EMPTY_LINES
    return render_template(
        "agreement_form.html",
        number=number,
        terms=[_term(name, own, is_new=not number) for name in OWN_NAMES],
        kinds=[(str(kind), say(f"agreement_kind.{kind}")) for kind in AgreementKind],
        lines=[*lines, *empty],
        line_names=[name for name in LINE_NAMES if name != "covers_misuse"],
        lists=_lists(session, own["customer_number"]),
        shown=write_draft_shown(session, number) if number else "",
    )


def _term(name: str, own: Cells, *, is_new: bool) -> TermField:
    return TermField(
        name,
        say(f"agreement_form.{name}"),
        "date" if name in DATES else "choice" if name == "kind" else "text",
        own[name],
        name not in OPTIONAL,
        name == "agreement_number" and not is_new,
    )


def _lists(session: Session, customer_number: str) -> dict[str, list[tuple[str, str]]]:
    """What completes the fields: customers, models, and the machines and sites of the customer where one is named."""
    mine = Customer.number == customer_number
    assets = select(Asset).join(Asset.customer).where(mine).order_by(Asset.serial).limit(MOST_SUGGESTED)
    sites = select(Site).join(Site.customer).where(mine).order_by(Site.code).limit(MOST_SUGGESTED)
    customers = select(Customer).order_by(Customer.number).limit(MOST_SUGGESTED)
    products = select(Product).order_by(Product.model_code).limit(MOST_SUGGESTED)
    return {
        "serial": [(one.serial, in_language(one.product, "name")) for one in session.scalars(assets)],
        "site_code": [(one.code, in_language(one, "address")) for one in session.scalars(sites)],
        "model_code": [(one.model_code, in_language(one, "name")) for one in session.scalars(products)],
        "customer_number": [(one.number, in_language(one, "name")) for one in session.scalars(customers)],
    }
