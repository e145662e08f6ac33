"""Service agreements: drafts to approve, those that end soon, what is left, what breaking one costs us (C6, C7)."""

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Agreement, CoverageLine, Penalty
from operations.money.agreement_accounts import read_account
from operations.money.agreements import (
    approve_agreement,
    end_agreement,
    find_agreement,
    list_agreements,
    list_renewals_due,
    list_writers,
)
from operations.money.entitlement import count_visits_left
from operations.money.penalties import confirm_penalty, list_penalties, note_failed_inspection, refresh_penalties
from operations.office.request_file import find_request_file
from policies.agreements import AgreementState
from web.department.agreement_form import expect_draft, write_draft_shown
from web.forms.form_fields import known, read_text
from web.forms.form_filling import SHOWN_FIELD
from web.forms.refusals import REFUSALS
from web.foundation.access import HELPERS, OFFICE, PLANNERS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Act, Field, Link, Mark, Row, Table, carry_out, house_zone, local, show_tables
from web.wording.amounts import amount
from web.wording.sentences import in_language, say
from web.wording.words import Tone

agreements = Blueprint("agreements", __name__, url_prefix="/agreements")
LONGEST_REASON = 200


@agreements.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """Drafts first, then what ends soon, then all that run."""
    with services().database.reading() as session:
        zone = house_zone(session)
        today = now().astimezone(zone).date()
        drafts = list_agreements(session, state=AgreementState.DRAFT, most=most_rows())
        running = list_agreements(session, state=AgreementState.APPROVED, most=most_rows())
        tables = [
            agreements_table("drafts", drafts, in_all=drafts.found),
            agreements_table("renewals", list_renewals_due(session, today=today)),
            agreements_table("running", running, in_all=running.found),
        ]
    may_write = current_user.role in HELPERS
    return show_tables(template="agreements.html", title=say("nav.agreements"), tables=tables, may_write=may_write)


@agreements.get("/<number>")
@for_roles(OFFICE)
def show(number: str) -> ResponseReturnValue:
    """One agreement: its terms, its lines with what is left, its penalties as last computed."""
    with services().database.reading() as session:
        zone = house_zone(session)
        agreement = find_agreement(session, number=number) or abort(404)
        tables = [
            _terms(session, agreement, zone),
            _lines(agreement),
            _account(session, agreement, today=now().astimezone(zone).date()),
            _penalties(session, agreement, zone),
        ]
        is_draft = agreement.state is AgreementState.DRAFT
    draft = number if is_draft and current_user.role in HELPERS else ""
    title = say("agreement.title", number=number)
    return show_tables(template="agreements.html", title=title, tables=tables, draft=draft)


@agreements.post("/<number>/approve")
@for_roles(PLANNERS)
def approve(number: str) -> ResponseReturnValue:
    """A draft is put in force, unless it says something else by now than whoever approves it has read."""

    def act(session: Session) -> None:
        _find(session, number)
        draft = expect_draft(session, number, spell=_spell_term)
        approve_agreement(session, agreement=draft, by=current_user.name, now=now())

    return _carry_out(number, act)


def _spell_term(name: str, value: str, _other: str) -> str:
    """Return a term with its name: the page that shows it has no field for it."""
    return f"{say('agreement_form.' + name.partition('#')[0])} {value or '–'}"


@agreements.post("/<number>/end")
@for_roles(PLANNERS)
def end(number: str) -> ResponseReturnValue:
    """An agreement ends before its last day."""
    return _carry_out(
        number,
        lambda session: end_agreement(
            session,
            agreement=_find(session, number),
            reason=read_text("reason", longest=LONGEST_REASON),
            by=current_user.name,
            now=now(),
        ),
    )


@agreements.post("/<number>/penalties")
@for_roles(PLANNERS)
def compute(number: str) -> ResponseReturnValue:
    """Read the clocks again."""
    return _carry_out(
        number, lambda session: refresh_penalties(session, agreement_id=_find(session, number).id, now=now())
    )


@agreements.post("/<number>/inspections")
@for_roles(PLANNERS)
def fail_inspection(number: str) -> ResponseReturnValue:
    """An inspection that was due would have prevented a stoppage."""

    def act(session: Session) -> None:
        file, agreement = find_request_file(session, number=read_text("request")), _find(session, number)
        is_theirs = file is not None and file.request.customer_id == agreement.customer_id
        file = known(file if is_theirs else None, "request")
        note_failed_inspection(session, agreement=agreement, request=file.request, by=current_user.name, now=now())

    return _carry_out(number, act)


@agreements.post("/<number>/penalties/<int:penalty_id>")
@for_roles(PLANNERS)
def confirm(number: str, penalty_id: int) -> ResponseReturnValue:
    """A penalty becomes the customer's credit."""

    def act(session: Session) -> None:
        penalty = session.get(Penalty, penalty_id)
        if penalty is None or penalty.agreement.number != number:
            abort(404)
        confirm_penalty(session, penalty=penalty, by=current_user.name, role=current_user.role, now=now())

    return _carry_out(number, act)


def _find(session: Session, number: str) -> Agreement:
    return find_agreement(session, number=number) or abort(404)


def _carry_out(number: str, act: Callable[[Session], object]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.agreements.show", number=number))


def agreements_table(name: str, found: Sequence[Agreement], *, in_all: int = 0) -> Table:
    """Return agreements as a list, each leading to its own page; `in_all` there are, where these are not all."""
    rows = [
        Row(
            (
                Link(one.number, url_for("web.agreements.show", number=one.number)),
                in_language(one.customer, "name"),
                say(f"agreement_kind.{one.kind}"),
                one.from_on.isoformat(),
                _last_on(one),
                amount(one.price_cents, one.currency),
                say(f"agreement_state.{one.state}"),
            )
        )
        for one in found
    ]
    headers = [say(f"agreement.{name}") for name in ("number", "customer", "kind", "from", "last", "price", "state")]
    return Table(name, say(f"agreement.{name}"), headers, rows, say(f"agreement.{name}_none"), found=in_all)


def _terms(session: Session, agreement: Agreement, zone: ZoneInfo) -> Table:
    facts: list[tuple[str, str | Link]] = [
        ("customer", Link(in_language(agreement.customer, "name"), _customer_page(agreement))),
        ("kind", say(f"agreement_kind.{agreement.kind}")),
        ("state", say(f"agreement_state.{agreement.state}")),
        ("from", agreement.from_on.isoformat()),
        ("last", _last_on(agreement)),
        ("price", amount(agreement.price_cents, agreement.currency)),
        ("instalments", f"{agreement.instalment_count} × {agreement.instalment_months}"),
        ("response", _hours(agreement.response_hours)),
        ("restoration", _hours(agreement.restoration_hours)),
        ("written_by", say("list_separator").join(list_writers(session, agreement=agreement))),
        ("approved_by", f"{agreement.approved_by or ''} {local(agreement.approved_at, zone)}".strip()),
        ("ended", agreement.ended_reason or ""),
    ]
    rows = [Row((say(f"agreement.{name}"), value)) for name, value in facts if value]
    acts = []
    if current_user.role in PLANNERS:
        number = agreement.number
        if agreement.state is AgreementState.DRAFT:
            shown = Field(SHOWN_FIELD, "", "hidden", write_draft_shown(session, number))
            acts.append(Act(url_for("web.agreements.approve", number=number), say("agreement.approve"), (shown,)))
        if agreement.state is not AgreementState.ENDED:
            reason = Field("reason", say("request_money.why"))
            acts.append(Act(url_for("web.agreements.end", number=number), say("agreement.end"), (reason,)))
    return Table("terms", say("agreement.title", number=agreement.number), (), rows, "", acts)


def _customer_page(agreement: Agreement) -> str:
    return url_for("web.customers.show", number=agreement.customer.number)


def _lines(agreement: Agreement) -> Table:
    rows = [
        Row(
            (
                _scope(line),
                *(f"{percent} %" for percent in _percents(line)),
                _visits(line),
                say("agreement.yes") if line.covers_misuse else "",
            )
        )
        for line in agreement.lines
    ]
    headers = [
        say("agreement.covers"),
        *(say(f"cover_item.{item}") for item in ("labour", "travel", "main_part", "wear_part")),
        say("agreement.visits"),
        say("agreement.misuse"),
    ]
    return Table("lines", say("agreement.lines"), headers, rows, say("agreement.lines_none"))


def _account(session: Session, agreement: Agreement, *, today: dt.date) -> Table:
    account = read_account(session, agreement=agreement, today=today)
    cents = [
        ("price", account.price_cents),
        ("due_so_far", account.due_cents),
        ("paid", account.paid_cents),
        ("penalties_credited", -account.penalty_cents),
        ("cover", -account.cover_cents),
        ("result", account.result_cents),
    ]
    rows = [Row((say(f"agreement.{name}"), amount(value, agreement.currency))) for name, value in cents]
    rows.append(
        Row((say("agreement.repairs"), say("agreement.repairs_visits", repairs=account.repairs, visits=account.visits)))
    )
    return Table("account", say("agreement.account"), (), rows, "")


def _percents(line: CoverageLine) -> tuple[int, ...]:
    return (line.labour_percent, line.travel_percent, line.main_part_percent, line.wear_part_percent)


def _scope(line: CoverageLine) -> str:
    if line.asset is not None:
        return f"{in_language(line.asset.product, 'name')} {line.asset.serial}"
    if line.site is not None:
        return f"{line.site.code} {in_language(line.site, 'address')}"
    return in_language(line.product, "name") if line.product is not None else say("line_scope.customer")


def _visits(line: CoverageLine) -> Mark | str:
    left = count_visits_left(line)
    if left is None:
        return say("agreement.unlimited")
    words = say("agreement.visits_left", left=left, count=line.allowance_visits)
    return Mark(words, Tone.KEPT if left else Tone.BROKEN)


def _penalties(session: Session, agreement: Agreement, zone: ZoneInfo) -> Table:
    may_act = current_user.role in PLANNERS and agreement.state is not AgreementState.DRAFT
    rows = [
        Row(
            (
                Link(one.request.number, url_for("web.requests.show", number=one.request.number)),
                say(f"penalty_kind.{one.kind}"),
                str(one.times),
                amount(one.amount_cents, agreement.currency),
                local(one.computed_at, zone),
                f"{one.confirmed_by} {local(one.confirmed_at, zone)}" if one.confirmed_by else "",
            ),
            (
                (
                    Act(
                        url_for("web.agreements.confirm", number=agreement.number, penalty_id=one.id),
                        say("agreement.confirm"),
                    ),
                )
                if may_act and one.confirmed_at is None
                else ()
            ),
        )
        for one in list_penalties(session, agreement=agreement)
    ]
    headers = [say(f"agreement.{name}") for name in ("request", "penalty", "times", "amount", "computed", "confirmed")]
    number = agreement.number
    acts = (
        Act(url_for("web.agreements.compute", number=number), say("agreement.compute")),
        Act(
            url_for("web.agreements.fail_inspection", number=number),
            say("agreement.fail_inspection"),
            (Field("request", say("agreement.request")),),
        ),
    )
    return Table(
        "penalties",
        say("agreement.penalties"),
        headers,
        rows,
        say("agreement.penalties_none"),
        acts if may_act else (),
    )


def _hours(hours: int | None) -> str:
    return say("agreement.hours", hours=hours) if hours is not None else ""


def _last_on(agreement: Agreement) -> str:
    return (agreement.until_on - dt.timedelta(days=1)).isoformat()
