"""The complaint officer's pages: all that are not closed, and one from its words to the closing report (F1)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Complaint, Customer, ServiceRequest, StatusEvent, User
from operations.aftercare.complaint_handling import (
    assign_owner,
    climb,
    close_complaint,
    explain_complaint,
    find_complaint,
    find_similar,
    find_usual_compensation,
    list_handlers,
    list_open_improvements,
    list_unclosed,
    note_customers_no,
    note_customers_yes,
    note_improved,
    note_investigation,
    offer_solution,
    take_complaint,
)
from operations.aftercare.complaints import answer_complaint, complaint_subject
from operations.aftercare.low_answers import LowAnswer, list_low_answers
from operations.aftercare.responsibility import propose_responsibility
from operations.clocks.deadlines import find_running_deadlines
from operations.foundation.events import list_events
from policies.channels import Channel
from policies.complaints import UNSOLVED, ComplaintCategory, Responsibility, rung_of
from policies.languages import Language
from policies.roles import Role
from web.forms.form_fields import known, read_cents, read_choice, read_day, read_text
from web.forms.refusals import REFUSALS
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import HELPERS, OFFICE, PLANNERS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import (
    Act,
    Field,
    Link,
    Mark,
    Row,
    Table,
    carry_out,
    house_zone,
    local,
    request_cell,
    show_tables,
)
from web.wording.amounts import amount
from web.wording.sentences import in_language, say
from web.wording.words import Tone, time_left, tone_of

complaints = Blueprint("complaints", __name__, url_prefix="/complaints")
HANDLERS = HELPERS | {Role.COMPLAINTS}
CLOSERS = PLANNERS | {Role.COMPLAINTS}
LONGEST = 2000
CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A closed like case."""

    number: str
    solution: str
    compensation: str
    deviation: str


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """Everything the page shows."""

    number: str
    state: str
    rung: str
    facts: list[tuple[str, str]]
    request_number: str
    call_id: int | None
    finding: dict[str, str]
    finding_shown: str
    offer_shown: str
    owner_shown: str
    similar: list[SimilarRow]
    usual: str
    offer: list[tuple[str, str]]
    report: list[tuple[str, str]]
    events: list[tuple[str, str, str]]
    explained: list[tuple[str, str]]
    found: str
    found_words: str
    may_act: bool
    may_explain: bool
    handlers: list[tuple[str, str]]
    owner: str


@complaints.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """Mine, all that are not closed with the highest rung first, and what is still to be done better."""
    with services().database.reading() as session:
        zone = house_zone(session)
        found = list_unclosed(session, most=most_rows())
        deadlines = find_running_deadlines(session, subjects=[complaint_subject(one.id) for one in found])
        rows = {one.id: _row(one, deadlines.get(complaint_subject(one.id)), zone) for one in found}
        mine = [one for one in found if one.owner is not None and one.owner.name == current_user.name]
        improvements = [_improvement_row(one, zone) for one in list_open_improvements(session)]
        headers = [
            say(f"complaint.{name}")
            for name in ("number", "since", "category", "customer", "state", "owner", "rung", "deadline")
        ]
        acts = (_take_act(),) if current_user.role in HANDLERS else ()
        whole = Table(
            "complaints",
            say("nav.complaints"),
            headers,
            list(rows.values()),
            say("complaint.none"),
            acts,
            found=found.found,
        )
        low = list_low_answers(session, now=now(), most=most_rows())
        low_rows = [_low_answer_row(one, zone) for one in low]
        tables = [whole, _low_answers(low_rows, low.found), _improvements(improvements)]
        if mine:
            tables.insert(0, Table("mine", say("complaint.mine"), headers, [rows[one.id] for one in mine], ""))
    return show_tables(title=say("nav.complaints"), tables=tables)


def _row(one: Complaint, deadline: dt.datetime | None, zone: ZoneInfo) -> Row:
    return Row(
        (
            Link(one.number, url_for("web.complaints.show", number=one.number)),
            local(one.opened_at, zone),
            say(f"complaint_category.{one.category}"),
            in_language(one.customer, "name") if one.customer else one.contact_phone or "",
            say(f"complaint_state.{one.state}"),
            one.owner.display_name if one.owner else Mark(say("complaint.nobodys"), Tone.NEAR),
            say(f"complaint_rung.{rung_of(one.level)}"),
            Mark(time_left(deadline, now()), tone_of(deadline, now())) if deadline else "",
        )
    )


def _low_answers(rows: Sequence[Row], found: int) -> Table:
    names = (
        "low_request",
        "low_answered_at",
        "low_score",
        "low_reason",
        "low_technician",
        "number",
        "state",
        "owner",
        "low_done",
    )
    headers = [say(f"complaint.{name}") for name in names]
    return Table(
        "low_answers", say("complaint.low_answers"), headers, rows, say("complaint.no_low_answers"), found=found
    )


def _low_answer_row(one: LowAnswer, zone: ZoneInfo) -> Row:
    complaint = one.complaint
    done = (complaint.improvement_outcome or complaint.improvement or complaint.solution) if complaint else ""
    return Row(
        (
            request_cell(one.request_number),
            local(one.answer.answered_at, zone),
            f"{one.answer.score} / 5",
            (complaint.words or complaint.customers_side or complaint.finding) if complaint else "",
            in_language(one.technician, "name") if one.technician else "",
            Link(complaint.number, url_for("web.complaints.show", number=complaint.number)) if complaint else "",
            say(f"complaint_state.{complaint.state}") if complaint else "",
            complaint.owner.display_name
            if complaint and complaint.owner
            else Mark(say("complaint.nobodys"), Tone.NEAR),
            done or Mark(say("complaint.nothing_done"), Tone.NEAR),
        )
    )


def _improvements(rows: Sequence[Row]) -> Table:
    names = ("number", "improvement", "improvement_owner", "improvement_due_on")
    headers = [say(f"complaint.{name}") for name in names]
    return Table("improvements", say("complaint.improvements"), headers, rows, say("complaint.improvements_none"))


def _improvement_row(one: Complaint, zone: ZoneInfo) -> Row:
    is_late = one.improvement_due_on is not None and one.improvement_due_on < now().astimezone(zone).date()
    outcome = Field("outcome", say("complaint.improvement_outcome"))
    done = Act(
        url_for("web.complaints.move", number=one.number, step="improved"), say("complaint.improved"), (outcome,)
    )
    return Row(
        (
            Link(one.number, url_for("web.complaints.show", number=one.number)),
            one.improvement,
            one.improvement_owner.display_name if one.improvement_owner else "",
            Mark(f"{one.improvement_due_on}", Tone.BROKEN if is_late else Tone.CALM),
        ),
        [done] if current_user.role in HANDLERS else [],
    )


@complaints.post("")
@for_roles(HANDLERS)
def take() -> ResponseReturnValue:
    """Write down a complaint that came in other than by the complaint line."""
    category, words = read_choice("category", ComplaintCategory), read_text("words", is_required=True)

    def act(session: Session) -> None:
        matter, customer = _matter(session), _customer(session)
        owner = customer or (matter.customer if matter else None)
        take_complaint(
            session,
            channel=Channel.DESK,
            category=category,
            language=owner.language if owner else Language.ZH,
            words=words,
            house=services().house,
            by=current_user.name,
            opened_at=now(),
            now=now(),
            customer=owner,
            request=matter,
            contact_phone=owner.phones[0].number if owner and owner.phones else None,
        )

    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.complaints.show_all"))


@complaints.get("/<number>")
@for_roles(OFFICE)
def show(number: str) -> ResponseReturnValue:
    """One complaint, with like cases beside it."""
    with services().database.reading() as session:
        complaint = _find(session, number)
        page = _build(session, complaint, house_zone(session))
    return render_template("complaint.html", page=page, responsibilities=list(Responsibility))


@complaints.post("/<number>/<step>")
@for_roles(HANDLERS)
def move(number: str, step: str) -> ResponseReturnValue:
    """One step on."""
    if step not in _STEPS:
        abort(404)

    def act(session: Session) -> None:
        complaint = _find(session, number)
        session.refresh(complaint, with_for_update={"of": Complaint})
        _STEPS[step](session, complaint)

    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.complaints.show", number=number))


def _answer(session: Session, complaint: Complaint) -> None:
    answer_complaint(session, complaint=complaint, by=current_user.name, now=now())


def _assign(session: Session, complaint: Complaint) -> None:
    owner = _handler(session, "owner")
    _expect(session, complaint, _owner_of(complaint))
    assign_owner(session, complaint=complaint, owner=owner, house=services().house, by=current_user.name, now=now())


def _finding_of(complaint: Complaint) -> dict[str, str]:
    return {
        "customers_side": complaint.customers_side,
        "our_side": complaint.our_side,
        "finding": complaint.finding,
    }


def _offer_of(complaint: Complaint) -> dict[str, str]:
    return {
        "solution": complaint.solution,
        "compensation": amount(complaint.compensation_cents, CURRENCY),
        "gift": complaint.gift,
        "deviation": complaint.deviation,
    }


def _owner_of(complaint: Complaint) -> dict[str, str]:
    return {"owner": complaint.owner.display_name if complaint.owner else ""}


def _expect(session: Session, complaint: Complaint, present: Mapping[str, str]) -> None:
    """Refuse a form that showed other values; the complaint's last event tells who changed it and when."""
    last = list_events(session, subject=complaint_subject(complaint.id))[-1:]
    zone = house_zone(session)
    expect_shown(
        present, by="".join(one.actor for one in last), at="".join(local(one.occurred_at, zone) for one in last)
    )


def _investigate(session: Session, complaint: Complaint) -> None:
    _expect(session, complaint, _finding_of(complaint))
    note_investigation(
        session,
        complaint=complaint,
        customers_side=_text("customers_side"),
        our_side=_text("our_side"),
        finding=_text("finding"),
        by=current_user.name,
        now=now(),
    )


def _explain(session: Session, complaint: Complaint) -> None:
    explain_complaint(
        session,
        complaint=complaint,
        reason=_words("reason"),
        solved_by_on=read_day("solved_by_on"),
        zone=house_zone(session),
        house=services().house,
        by=current_user.name,
        now=now(),
    )


def _offer(session: Session, complaint: Complaint) -> None:
    _expect(session, complaint, _offer_of(complaint))
    offer_solution(
        session,
        complaint=complaint,
        solution=_text("solution"),
        compensation_cents=read_cents("compensation", nothing_is=0),
        gift=read_text("gift", longest=120),
        deviation=read_text("deviation"),
        house=services().house,
        by=current_user.name,
        role=current_user.role,
        now=now(),
    )


def _accept(session: Session, complaint: Complaint) -> None:
    note_customers_yes(session, complaint=complaint, house=services().house, by=current_user.name, now=now())


def _reject(session: Session, complaint: Complaint) -> None:
    note_customers_no(session, complaint=complaint, house=services().house, by=current_user.name, now=now())


def _climb(session: Session, complaint: Complaint) -> None:
    climb(session, complaint=complaint, house=services().house, by=current_user.name, now=now())


def _close(session: Session, complaint: Complaint) -> None:
    whose = read_choice("responsibility", Responsibility)
    if current_user.role not in CLOSERS:
        abort(403)
    close_complaint(
        session,
        complaint=complaint,
        responsibility=whose,
        responsibility_why=read_text("responsibility_why", longest=400),
        improvement=_text("improvement"),
        improvement_owner=_handler(session, "improvement_owner"),
        improvement_due_on=read_day("improvement_due_on"),
        outcome_for_staff=read_text("outcome_for_staff"),
        zone=house_zone(session),
        house=services().house,
        by=current_user.name,
        now=now(),
    )


def _improved(session: Session, complaint: Complaint) -> None:
    note_improved(session, complaint=complaint, outcome=_words("outcome"), by=current_user.name, now=now())


_STEPS: dict[str, Callable[[Session, Complaint], None]] = {
    "answer": _answer,
    "assign": _assign,
    "investigate": _investigate,
    "explain": _explain,
    "offer": _offer,
    "accept": _accept,
    "reject": _reject,
    "climb": _climb,
    "close": _close,
    "improved": _improved,
}


def _find(session: Session, number: str) -> Complaint:
    return find_complaint(session, number=number) or abort(404)


def _matter(session: Session) -> ServiceRequest | None:
    number = read_text("request")
    found = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
    return known(found, "request") if number else None


def _customer(session: Session) -> Customer | None:
    number = read_text("customer")
    found = session.scalars(select(Customer).where(Customer.number == number)).one_or_none()
    return known(found, "customer") if number else None


def _handler(session: Session, name: str) -> User:
    wanted = read_text(name, is_required=True)
    return known(next((user for user in list_handlers(session) if user.name == wanted), None), name)


def _text(name: str) -> str:
    return read_text(name, longest=LONGEST)


def _words(name: str) -> str:
    return read_text(name, longest=LONGEST, is_required=True)


def _take_act() -> Act:
    categories = [(str(one), say(f"complaint_category.{one}")) for one in ComplaintCategory]
    fields = (
        Field("category", say("complaint.category"), kind="choice", choices=categories),
        Field("words", say("complaint.words")),
        Field("request", say("complaint.request"), is_required=False),
        Field("customer", say("complaint.customer_number"), is_required=False),
    )
    return Act(url_for("web.complaints.take"), say("complaint.take"), fields)


def _build(session: Session, one: Complaint, zone: ZoneInfo) -> ComplaintPage:
    usual = find_usual_compensation(session, complaint=one)
    events = list_events(session, subject=complaint_subject(one.id))
    found = propose_responsibility(session, complaint=one)
    is_offered = one.offered_at is not None
    return ComplaintPage(
        number=one.number,
        state=str(one.state),
        rung=say(f"complaint_rung.{rung_of(one.level)}"),
        facts=[(name, value) for name, value in _facts(one, zone) if value],
        request_number=one.request.number if one.request else "",
        call_id=one.call_id,
        finding=_finding_of(one),
        finding_shown=write_shown(_finding_of(one)),
        offer_shown=write_shown(_offer_of(one)),
        owner_shown=write_shown(_owner_of(one)),
        similar=[
            SimilarRow(like.number, like.solution, amount(like.compensation_cents, CURRENCY), like.deviation)
            for like in find_similar(session, complaint=one)
        ],
        usual=say("complaint.usual", count=usual.cases, amount=amount(usual.middle_cents, CURRENCY))
        if usual.cases
        else "",
        offer=[(name, value) for name, value in _offer_facts(one, zone) if value] if is_offered else [],
        report=[(name, value) for name, value in _report_facts(one, events, zone) if value] if one.closed_at else [],
        events=[(local(event.occurred_at, zone), say(f"event_kind.{event.kind}"), event.actor) for event in events],
        explained=_explained(events),
        found=str(found.responsibility or ""),
        found_words=_found_words(str(found.responsibility or ""), str(found.ground)),
        may_act=current_user.role in HANDLERS,
        may_explain=current_user.role in HANDLERS and one.state in UNSOLVED,
        handlers=[(user.name, user.display_name) for user in list_handlers(session)],
        owner=one.owner.name if one.owner else current_user.name,
    )


def _found_words(responsibility: str, ground: str) -> str:
    shown_by = say(f"responsibility_ground.{ground}")
    return f"{say(f'responsibility.{responsibility}')}: {shown_by}" if responsibility else shown_by


def _explained(events: Sequence[StatusEvent]) -> list[tuple[str, str]]:
    """Return why it takes longer and until when, as the customer was told last."""
    told = next((event for event in reversed(events) if event.kind == "complaint_explained"), None)
    if told is None:
        return []
    return [("reason", (told.personal or {}).get("why", "")), ("solved_by_on", told.facts["solved_by_on"])]


def _facts(one: Complaint, zone: ZoneInfo) -> list[tuple[str, str]]:
    return [
        ("category", say(f"complaint_category.{one.category}")),
        ("customer", in_language(one.customer, "name") if one.customer else ""),
        ("phone", one.contact_phone or ""),
        ("since", local(one.opened_at, zone)),
        ("words", one.words),
        ("answered", f"{one.answered_by} {local(one.answered_at, zone)}" if one.answered_by else ""),
        ("owner", one.owner.display_name if one.owner else ""),
    ]


def _offer_facts(one: Complaint, zone: ZoneInfo) -> list[tuple[str, str]]:
    return [
        ("solution", one.solution),
        ("compensation", amount(one.compensation_cents, CURRENCY)),
        ("gift", one.gift),
        ("deviation", one.deviation),
        ("offered", f"{one.offered_by} {local(one.offered_at, zone)}"),
        ("accepted", local(one.accepted_at, zone)),
    ]


def _report_facts(one: Complaint, events: Sequence[StatusEvent], zone: ZoneInfo) -> list[tuple[str, str]]:
    closed = next((event for event in reversed(events) if event.kind == "complaint_closed"), None)
    facts = closed.facts if closed else {}
    return [
        ("responsibility", say(f"responsibility.{one.responsibility}")),
        # Complaints closed in earlier days were judged without the records.
        ("found", _found_words(facts["found"], facts["shown_by"]) if "shown_by" in facts else ""),
        ("responsibility_why", ((closed.personal or {}) if closed else {}).get("why", "")),
        ("improvement", one.improvement),
        ("improvement_owner", one.improvement_owner.display_name if one.improvement_owner else ""),
        ("improvement_due_on", str(one.improvement_due_on or "")),
        ("improvement_outcome", f"{one.improvement_outcome} {local(one.improvement_done_at, zone)}".strip()),
        ("outcome_for_staff", one.outcome_for_staff),
        ("closed", f"{one.closed_by} {local(one.closed_at, zone)}"),
    ]
