"""Customers' files: found, with one history; one serial's story; files that may be one (C1, C9)."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Asset, Customer, CustomerMerge
from operations.money.agreements import list_agreements
from operations.money.entitlement import find_entitlement
from operations.people.customer_file import (
    MOST_FOUND,
    MOST_HISTORY,
    DayImpossible,
    HistoryLine,
    change_care,
    find_asset_file,
    find_customer,
    list_days,
    list_history,
    list_merges,
    merge_customers,
    note_proof,
    remember_day,
    search_customers,
    transfer_asset,
    unmerge_customers,
)
from operations.people.file_likenesses import list_likenesses
from policies.purchases import ProofKind
from policies.segments import Segment
from web.department.agreements import agreements_table
from web.department.customer_greetings import greetings_table
from web.department.money import receivables_table
from web.forms.form_fields import known, read_choice, read_day, read_text, read_yes
from web.forms.form_filling import SHOWN_FIELD
from web.forms.refusals import REFUSALS
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import DATA_KEEPERS, HELPERS, OFFICE, PLANNERS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Act, Cell, Field, Link, Row, Table, carry_out, house_zone, local, show_tables
from web.wording.amounts import amount
from web.wording.sentences import in_language, say

customers = Blueprint("customers", __name__, url_prefix="/customers")
LONGEST = 120
MOST_LIKENESSES = 50
ADDRESSES = {
    "request": ("web.requests.show", "number"),
    "visit": ("web.requests.show", "number"),
    "call": ("web.calls.show_one", "call_id"),
    "complaint": ("web.complaints.show", "number"),
    "agreement": ("web.agreements.show", "number"),
    "settlement": ("web.request_money.show", "number"),
}


@customers.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """The search."""
    words = request.args.get("words", "")[:LONGEST]
    with services().database.reading() as session:
        found = search_customers(session, words=words)
        tables = [_found_table(found, words)]
    return show_tables(template="customers.html", title=say("nav.customers"), tables=tables, words=words)


@customers.get("/likenesses")
@for_roles(OFFICE)
def show_likenesses() -> ResponseReturnValue:
    """Files that may be one."""
    with services().database.reading() as session:
        tables = [_likeness_table(session)]
    return show_tables(title=say("customer.likenesses"), tables=tables)


@customers.get("/<number>")
@for_roles(OFFICE)
def show(number: str) -> ResponseReturnValue:
    """One customer's file."""
    with services().database.reading() as session:
        zone = house_zone(session)
        customer = _find(session, number)
        agreements = list_agreements(session, customer_id=customer.id, most=most_rows())
        tables = [
            _facts_table(session, customer),
            greetings_table(session, customer, zone),
            _asset_table(customer),
            agreements_table("running", agreements, in_all=agreements.found),
            receivables_table(session, zone, customer_id=customer.id),
            _history_table(list_history(session, customer=customer), zone),
            _merge_table(session, customer, zone),
        ]
        title = f"{customer.number} {in_language(customer, 'name')}"
    return show_tables(title=title, tables=tables)


@customers.get("/assets/<serial>")
@for_roles(OFFICE)
def show_asset(serial: str) -> ResponseReturnValue:
    """One serial's story."""
    with services().database.reading() as session:
        zone = house_zone(session)
        file = find_asset_file(session, serial=serial) or abort(404)
        requests = [
            Row(
                (
                    Link(one.number, url_for("web.requests.show", number=one.number)),
                    local(one.opened_at, zone),
                    in_language(one.fault_category, "name") if one.fault_category else "",
                    say(f"request_state.{one.state}"),
                    say(f"close_reason.{one.close_reason}") if one.close_reason else "",
                )
            )
            for one in file.requests
        ]
        changes = [
            *(
                Row((local(one.requested_at, zone), one.number, say(f"return_state.{one.state}")))
                for one in file.returns
            ),
            *(
                Row(
                    (
                        local(one.transferred_at, zone),
                        f"{in_language(one.from_customer, 'name')} → {in_language(one.to_customer, 'name')}",
                        one.transferred_by,
                    )
                )
                for one in file.transfers
            ),
        ]
        headers = _headers("number", "since", "fault", "state", "closed")
        tables = [
            _asset_facts(session, file.asset, file.replaces),
            _proof_table(file.asset, zone),
            Table("requests", say("customer.reports"), headers, requests, say("customer.reports_none")),
            Table("changes", say("customer.changes"), (), changes, say("customer.changes_none")),
        ]
    return show_tables(title=serial, tables=tables)


@customers.post("/<number>/care")
@for_roles(HELPERS)
def care(number: str) -> ResponseReturnValue:
    """Segment, adviser, and that the file was gone through."""

    def act(session: Session) -> None:
        customer = _find(session, number)
        session.refresh(customer, with_for_update=True)
        expect_shown(_care_values(customer))
        change_care(
            session,
            customer=customer,
            segment=read_choice("segment", Segment),
            adviser=read_text("adviser", longest=80),
            is_reviewed=read_yes("reviewed"),
            today=now().astimezone(house_zone(session)).date(),
        )

    return _carry_out(act, url_for("web.customers.show", number=number))


@customers.post("/<number>/days")
@for_roles(HELPERS)
def day(number: str) -> ResponseReturnValue:
    """A day to remember, written 05-11."""

    def act(session: Session) -> None:
        month, _, day_of_month = _text("day").partition("-")
        if not (month.isascii() and month.isdigit() and day_of_month.isascii() and day_of_month.isdigit()):
            raise DayImpossible(_text("day"))
        name = read_text("name", longest=60, is_required=True)
        remember_day(session, customer=_find(session, number), name=name, month=int(month), day=int(day_of_month))

    return _carry_out(act, url_for("web.customers.show", number=number))


@customers.post("/merges")
@for_roles(PLANNERS)
def merge() -> ResponseReturnValue:
    """Two files are one."""
    kept = _text("kept")
    return _carry_out(
        lambda session: merge_customers(
            session,
            kept=known(find_customer(session, number=kept), "kept"),
            merged=known(find_customer(session, number=_text("merged")), "merged"),
            by=current_user.name,
            now=now(),
        ),
        url_for("web.customers.show", number=kept),
    )


@customers.post("/merges/<int:merge_id>")
@for_roles(PLANNERS)
def unmerge(merge_id: int) -> ResponseReturnValue:
    """They were two after all."""
    return _carry_out(
        lambda session: unmerge_customers(
            session, merge=session.get(CustomerMerge, merge_id) or abort(404), by=current_user.name, now=now()
        ),
        url_for("web.customers.show_all"),
    )


@customers.post("/assets/<serial>/proofs")
@for_roles(HELPERS)
def proof(serial: str) -> ResponseReturnValue:
    """Somebody has seen a paper."""

    def act(session: Session) -> None:
        file = find_asset_file(session, serial=serial) or abort(404)
        note_proof(
            session,
            asset=file.asset,
            kind=read_choice("kind", ProofKind),
            number=read_text("number", longest=LONGEST, is_required=True),
            dated_on=read_day("dated_on"),
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act, url_for("web.customers.show_asset", serial=serial))


@customers.post("/assets/<serial>/transfer")
@for_roles(HELPERS)
def transfer(serial: str) -> ResponseReturnValue:
    """The machine has a new owner."""

    def act(session: Session) -> None:
        file = find_asset_file(session, serial=serial) or abort(404)
        to = known(find_customer(session, number=_text("customer")), "customer")
        site = next((one for one in to.sites if one.code == _text("site")), None)
        transfer_asset(session, asset=file.asset, to=to, site=known(site, "site"), by=current_user.name, now=now())

    return _carry_out(act, url_for("web.customers.show_asset", serial=serial))


def _care_values(customer: Customer) -> dict[str, str]:
    return {"segment": str(customer.segment), "adviser": customer.adviser or ""}


def _find(session: Session, number: str) -> Customer:
    return find_customer(session, number=number) or abort(404)


def _text(name: str) -> str:
    return read_text(name, longest=LONGEST)


def _carry_out(act: Callable[[Session], object], back_to: str) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=back_to)


def _headers(*names: str) -> list[str]:
    return [say(f"customer.{name}") for name in names]


def _found_table(found: Sequence[Customer], words: str) -> Table:
    rows = [
        Row(
            (
                Link(one.number, url_for("web.customers.show", number=one.number)),
                in_language(one, "name"),
                say(f"segment.{one.segment}"),
                ", ".join(phone.number for phone in one.phones),
                "; ".join(in_language(site, "address") for site in one.sites),
            )
        )
        for one in found
    ]
    nothing = say("customer.found_none") if words else say("customer.search_first")
    title = say("nav.customers")
    if len(rows) == MOST_FOUND:
        title = say("customer.first_found", title=title, most=MOST_FOUND)
    return Table("found", title, _headers("number", "name", "segment", "phones", "sites"), rows, nothing)


def _likeness_table(session: Session) -> Table:
    rows = []
    for pair in list_likenesses(session, most=MOST_LIKENESSES):
        first, second = session.get_one(Customer, pair.first_id), session.get_one(Customer, pair.second_id)
        fields = (
            Field("kept", say("customer.kept"), value=first.number),
            Field("merged", say("customer.merged"), value=second.number),
        )
        act = Act(url_for("web.customers.merge"), say("customer.merge"), fields)
        rows.append(
            Row(
                (_customer_link(first), _customer_link(second), say(f"likeness.{pair.reason}")),
                (act,) if current_user.role in PLANNERS else (),
            )
        )
    headers = _headers("older", "younger", "why")
    return Table("likenesses", say("customer.likenesses"), headers, rows, say("customer.likenesses_none"))


def _customer_link(customer: Customer) -> Link:
    name = f"{customer.number} {in_language(customer, 'name')}"
    return Link(name, url_for("web.customers.show", number=customer.number))


def _facts_table(session: Session, customer: Customer) -> Table:
    merged_into = session.get(Customer, customer.merged_into_id) if customer.merged_into_id else None
    days = [f"{one.name} {one.month:02d}-{one.day:02d}" for one in list_days(session, customer=customer)]
    facts: list[tuple[str, Cell]] = [
        ("segment", say(f"segment.{customer.segment}")),
        ("language", say(f"language.{customer.language}")),
        ("phones", ", ".join(phone.number for phone in customer.phones)),
        ("sites", "; ".join(f"{site.code} {in_language(site, 'address')}" for site in customer.sites)),
        ("adviser", customer.adviser or ""),
        ("reviewed", customer.reviewed_on.isoformat() if customer.reviewed_on else ""),
        ("days", ", ".join(days)),
        ("merged_into", _customer_link(merged_into) if merged_into else ""),
        ("data", _data_link(customer) if current_user.role in DATA_KEEPERS else ""),
    ]
    rows = [Row((say(f"customer.{name}"), value)) for name, value in facts if value]
    return Table("facts", f"{customer.number} {in_language(customer, 'name')}", (), rows, "", _care_acts(customer))


def _data_link(customer: Customer) -> Link:
    return Link(say("privacy.show"), url_for("web.privacy.show", number=customer.number))


def _care_acts(customer: Customer) -> tuple[Act, ...]:
    if current_user.role not in HELPERS or customer.merged_into_id is not None:
        return ()
    segments = [(str(one), say(f"segment.{one}")) for one in Segment]
    reviewed = [("no", say("customer.not_reviewed")), ("yes", say("customer.reviewed_now"))]
    return (
        Act(
            url_for("web.customers.care", number=customer.number),
            say("customer.save"),
            (
                Field("segment", say("customer.segment"), kind="choice", value=str(customer.segment), choices=segments),
                Field("adviser", say("customer.adviser"), value=customer.adviser or "", is_required=False),
                Field("reviewed", say("customer.reviewed"), kind="choice", choices=reviewed),
                Field(SHOWN_FIELD, "", kind="hidden", value=write_shown(_care_values(customer))),
            ),
        ),
        Act(
            url_for("web.customers.day", number=customer.number),
            say("customer.remember"),
            (Field("name", say("customer.day_name")), Field("day", say("customer.day"))),
        ),
    )


def _asset_table(customer: Customer) -> Table:
    rows = [
        Row(
            (
                Link(one.serial, url_for("web.customers.show_asset", serial=one.serial)),
                in_language(one.product, "name"),
                one.purchased_on.isoformat() if one.purchased_on else "",
                say(f"sale_kind.{one.sale_kind}"),
                one.replaced_by.serial if one.replaced_by else "",
            )
        )
        for one in customer.assets
    ]
    headers = _headers("serial", "product", "purchased", "sale", "replaced_by")
    return Table("assets", say("customer.assets"), headers, rows, say("customer.assets_none"))


def _history_table(lines: list[HistoryLine], zone: ZoneInfo) -> Table:
    rows = [
        Row(
            (
                f"{line.at.astimezone(zone):%Y-%m-%d %H:%M}",
                say(f"history.{line.kind}"),
                _history_link(line),
                say(line.word),
                amount(line.amount_cents, line.currency) if line.amount_cents is not None else "",
            )
        )
        for line in lines
    ]
    headers = _headers("since", "what", "number", "state", "amount")
    title = say("customer.history")
    if len(rows) == MOST_HISTORY:
        title = say("reports.first", title=title, most=MOST_HISTORY)
    return Table("history", title, headers, rows, say("customer.history_none"))


def _history_link(line: HistoryLine) -> Cell:
    if line.kind not in ADDRESSES:
        return line.number
    endpoint, name = ADDRESSES[line.kind]
    values: dict[str, Any] = {name: line.number}
    address = url_for(endpoint, **values)
    return Link(line.number, address)


def _merge_table(session: Session, customer: Customer, zone: ZoneInfo) -> Table:
    rows = [
        Row(
            (
                local(one.merged_at, zone),
                f"{one.merged.number} → {one.kept.number}",
                one.merged_by,
                f"{one.undone_by} {local(one.undone_at, zone)}" if one.undone_by else "",
            ),
            (Act(url_for("web.customers.unmerge", merge_id=one.id), say("customer.unmerge")),)
            if current_user.role in PLANNERS and one.undone_at is None
            else (),
        )
        for one in list_merges(session, customer=customer)
    ]
    return Table("merges", say("customer.merges"), (), rows, say("customer.merges_none"))


def _asset_facts(session: Session, asset: Asset, replaces: Sequence[Asset]) -> Table:
    found = find_entitlement(session, asset=asset, now=now())
    cover = [
        f"{say(f'cover_item.{one.item}')} {one.percent} % ({say(f'cover_reason.{one.reason}')})" for one in found.items
    ]
    facts: list[tuple[str, Cell]] = [
        ("product", in_language(asset.product, "name")),
        ("owner", _customer_link(asset.customer)),
        ("sites", f"{asset.site.code} {in_language(asset.site, 'address')}"),
        ("purchased", asset.purchased_on.isoformat() if asset.purchased_on else ""),
        ("sale", say(f"sale_kind.{asset.sale_kind}")),
        ("price", amount(asset.price_cents, "CNY") if asset.price_cents is not None else ""),
        ("cover", "; ".join(cover)),
        ("built_into", _asset_link(asset.parent)),
        ("replaced_by", _asset_link(asset.replaced_by)),
        *(("replaces", _asset_link(one)) for one in replaces),
        *(("holds", _asset_link(one)) for one in asset.parts),
    ]
    rows = [Row((say(f"customer.{name}"), value)) for name, value in facts if value]
    acts = (
        (
            Act(
                url_for("web.customers.transfer", serial=asset.serial),
                say("customer.transfer"),
                (Field("customer", say("customer.new_owner")), Field("site", say("customer.new_site"))),
            ),
        )
        if current_user.role in HELPERS
        else ()
    )
    return Table("facts", asset.serial, (), rows, "", acts)


def _asset_link(asset: Asset | None) -> Cell:
    return Link(asset.serial, url_for("web.customers.show_asset", serial=asset.serial)) if asset else ""


def _proof_table(asset: Asset, zone: ZoneInfo) -> Table:
    rows = [
        Row(
            (say(f"proof_kind.{one.kind}"), one.number, one.dated_on.isoformat(), one.seen_by, local(one.seen_at, zone))
        )
        for one in asset.proofs
    ]
    kinds = [(str(kind), say(f"proof_kind.{kind}")) for kind in ProofKind]
    fields = (
        Field("kind", say("customer.paper"), kind="choice", choices=kinds),
        Field("number", say("customer.number")),
        Field("dated_on", say("customer.dated"), kind="date"),
    )
    act = Act(url_for("web.customers.proof", serial=asset.serial), say("customer.note_proof"), fields)
    headers = _headers("paper", "number", "dated", "seen_by", "since")
    acts = (act,) if current_user.role in HELPERS else ()
    return Table("proofs", say("customer.proofs"), headers, rows, say("customer.proofs_none"), acts)
