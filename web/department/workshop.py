"""Machines in the workshop, loaners that are out, and problems put before experts (D14, P4, F5)."""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ExceptionReport, Loan, Loaner, ServiceRequest, WorkshopRepair
from operations.aftercare.workshop import (
    InWorkshopAlready,
    LoanEndsTooSoon,
    LoanerDoesNotFit,
    LoanerOut,
    NoMachine,
    RequestOver,
    finish_repair,
    give_back,
    lend,
    list_free_loaners,
    list_loans,
    list_repairs,
    receive_in_workshop,
    state_of_loan,
    take_loaner_back,
)
from operations.clocks.commitments import request_subject
from operations.clocks.workshop_deadlines import find_workshop_deadlines
from operations.matters.exception_reports import (
    NothingSaid,
    answer_exception,
    climb,
    close_exception,
    list_exceptions,
    open_exception,
)
from policies.exception_reports import ExceptionMoveRefused, ExceptionState, ExpertLevel, TopOfTheLadder
from policies.workshop import LoanState, WorkshopMoveRefused, WorkshopState
from web.forms.form_fields import Refusals, known, read_day, read_text
from web.foundation.access import HANDLERS, STORE, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.layout.tables import (
    Act,
    Cell,
    Field,
    Mark,
    Row,
    Table,
    carry_out,
    house_zone,
    local,
    request_cell,
    show_tables,
)
from web.wording.sentences import in_language, say
from web.wording.words import Tone, time_left, tone_of

workshop = Blueprint("workshop", __name__, url_prefix="/workshop")
LOAN_DAYS = 7
LOAN_TONES = {LoanState.OUT: Tone.CALM, LoanState.DUE: Tone.NEAR, LoanState.OVERDUE: Tone.BROKEN}
REFUSALS: Refusals = {
    RequestOver: "workshop.request_over",
    NoMachine: "workshop.no_machine",
    InWorkshopAlready: "workshop.in_workshop_already",
    WorkshopMoveRefused: "tables.too_late",
    LoanerOut: "workshop.loaner_out",
    LoanerDoesNotFit: "workshop.loaner_does_not_fit",
    LoanEndsTooSoon: "workshop.loan_ends_too_soon",
    NothingSaid: "workshop.nothing_said",
    ExceptionMoveRefused: "tables.too_late",
    TopOfTheLadder: "workshop.top_of_the_ladder",
}


@workshop.get("")
@for_roles(STORE)
def show() -> ResponseReturnValue:
    """Everything that is with us, or out in place of it."""
    with services().database.reading() as session:
        zone = house_zone(session)
        tables = [_repairs(session, zone), _loans(session, zone), _exceptions(session, zone)]
    return show_tables(title=say("nav.workshop"), tables=tables)


@workshop.post("")
@for_roles(HANDLERS)
def receive() -> ResponseReturnValue:
    """A machine has arrived."""
    return _carry_out(
        lambda session: receive_in_workshop(
            session,
            request=_request(session),
            condition=_text("condition"),
            house=services().house,
            by=current_user.name,
            now=now(),
        )
    )


@workshop.post("/<int:repair_id>/<outcome>")
@for_roles(HANDLERS)
def move(repair_id: int, outcome: str) -> ResponseReturnValue:
    """A machine is repaired, beyond repair, or given back."""
    if outcome not in set(WorkshopState) - {WorkshopState.RECEIVED}:
        abort(404)

    def act(session: Session) -> None:
        repair = session.get(WorkshopRepair, repair_id) or abort(404)
        if outcome == WorkshopState.GIVEN_BACK:
            give_back(session, repair=repair, by=current_user.name, now=now())
            return
        is_repaired = outcome == WorkshopState.REPAIRED
        finding, by, house = read_text("finding", is_required=True), current_user.name, services().house
        finish_repair(session, repair=repair, is_repaired=is_repaired, finding=finding, house=house, by=by, now=now())

    return _carry_out(act)


@workshop.post("/loans")
@for_roles(HANDLERS)
def lend_out() -> ResponseReturnValue:
    """A loaner goes out."""

    def act(session: Session) -> None:
        loaner = known(session.get(Loaner, request.form.get("loaner", type=row_id) or 0), "loaner")
        due_on = read_day("due_on")
        lend(session, loaner=loaner, request=_request(session), due_on=due_on, by=current_user.name, now=now())

    return _carry_out(act)


@workshop.post("/loans/<int:loan_id>")
@for_roles(HANDLERS)
def take_back(loan_id: int) -> ResponseReturnValue:
    """A loaner is ours again."""

    def act(session: Session) -> None:
        loan = session.get(Loan, loan_id) or abort(404)
        take_loaner_back(session, loan=loan, condition=_text("condition"), by=current_user.name, now=now())

    return _carry_out(act)


@workshop.post("/exceptions")
@for_roles(HANDLERS)
def report_exception() -> ResponseReturnValue:
    """A problem is put before the experts."""
    return _carry_out(
        lambda session: open_exception(
            session,
            request=_request(session),
            problem=_text("problem"),
            owner=read_text("owner", longest=80) or current_user.name,
            by=current_user.name,
            house=services().house,
            now=now(),
        )
    )


@workshop.post("/exceptions/<int:report_id>/<step>")
@for_roles(HANDLERS)
def move_exception(report_id: int, step: str) -> ResponseReturnValue:
    """An expert answers; the answer helped or did not; or the problem goes higher."""
    if step not in {"answer", "solved", "not_solved", "climb"}:
        abort(404)

    def act(session: Session) -> None:
        report = session.get(ExceptionReport, report_id) or abort(404)
        by = current_user.name
        if step == "answer":
            answer_exception(session, report=report, answer=_text("answer"), by=by, house=services().house, now=now())
        elif step == "climb":
            climb(session, report=report, by=by, now=now())
        else:
            close_exception(session, report=report, is_solved=step == "solved", by=by, now=now())

    return _carry_out(act)


def _carry_out(act: object) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.workshop.show"))  # type: ignore[arg-type]


def _request(session: Session) -> ServiceRequest:
    number = read_text("number", is_required=True).replace(" ", "")
    return known(session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none(), "number")


def _text(name: str) -> str:
    return read_text(name)


def _may_act() -> bool:
    return current_user.role in HANDLERS


def _repairs(session: Session, zone: ZoneInfo) -> Table:
    found = list_repairs(session)
    deadlines = find_workshop_deadlines(session, subjects=[request_subject(one.request_id) for one in found])
    receive_form = Act(
        url_for("web.workshop.receive"),
        say("workshop.receive"),
        (Field("number", say("workshop.request")), Field("condition", say("workshop.condition"), is_required=False)),
    )
    return Table(
        "repairs",
        say("workshop.repairs"),
        [say(f"workshop.{name}") for name in ("request", "machine", "customer", "since", "state", "left")],
        [
            Row(_repair_cells(one, deadlines.get(request_subject(one.request_id)), zone), _repair_acts(one))
            for one in found
        ],
        say("workshop.repairs_none"),
        (receive_form,) if _may_act() else (),
    )


def _repair_cells(repair: WorkshopRepair, deadline_at: dt.datetime | None, zone: ZoneInfo) -> list[Cell]:
    is_running = repair.state is WorkshopState.RECEIVED and deadline_at is not None
    left = Mark(time_left(deadline_at, now()), tone_of(deadline_at, now())) if is_running and deadline_at else ""
    return [
        request_cell(repair.request.number),
        f"{in_language(repair.asset.product, 'name')} {repair.asset.serial}",
        _customer(repair.request),
        local(repair.received_at, zone),
        say(f"workshop_state.{repair.state}"),
        left,
    ]


def _repair_acts(repair: WorkshopRepair) -> list[Act]:
    if not _may_act():
        return []
    if repair.state is not WorkshopState.RECEIVED:
        return [_move_act(repair, WorkshopState.GIVEN_BACK)]
    finding = (Field("finding", say("workshop.finding")),)
    return [_move_act(repair, to, finding) for to in (WorkshopState.REPAIRED, WorkshopState.BEYOND_REPAIR)]


def _move_act(repair: WorkshopRepair, to: WorkshopState, fields: tuple[Field, ...] = ()) -> Act:
    address = url_for("web.workshop.move", repair_id=repair.id, outcome=to)
    return Act(address, say(f"workshop_state.{to}"), fields)


def _loans(session: Session, zone: ZoneInfo) -> Table:
    free = [(str(one.id), f"{in_language(one.product, 'name')} {one.serial}") for one in list_free_loaners(session)]
    due_on = now().astimezone(zone).date() + dt.timedelta(days=LOAN_DAYS)
    lend_form = Act(
        url_for("web.workshop.lend_out"),
        say("workshop.lend"),
        (
            Field("loaner", say("workshop.loaner"), "choice", choices=free),
            Field("number", say("workshop.request")),
            Field("due_on", say("workshop.due"), "date", due_on.isoformat()),
        ),
    )
    return Table(
        "loans",
        say("workshop.loans"),
        [say(f"workshop.{name}") for name in ("loaner", "request", "customer", "since", "due", "state")],
        [Row(_loan_cells(one, zone), _loan_acts(one)) for one in list_loans(session)],
        say("workshop.loans_none"),
        (lend_form,) if _may_act() and free else (),
    )


def _loan_cells(loan: Loan, zone: ZoneInfo) -> list[Cell]:
    state = state_of_loan(loan, now=now())
    return [
        f"{in_language(loan.loaner.product, 'name')} {loan.loaner.serial}",
        request_cell(loan.request.number),
        _customer(loan.request),
        local(loan.out_at, zone),
        loan.due_on.isoformat(),
        Mark(say(f"loan_state.{state}"), LOAN_TONES[state]),
    ]


def _loan_acts(loan: Loan) -> list[Act]:
    if not _may_act():
        return []
    fields = (Field("condition", say("workshop.condition"), is_required=False),)
    return [Act(url_for("web.workshop.take_back", loan_id=loan.id), say("workshop.take_back"), fields)]


def _exceptions(session: Session, zone: ZoneInfo) -> Table:
    form = Act(
        url_for("web.workshop.report_exception"),
        say("workshop.report_exception"),
        (
            Field("number", say("workshop.request")),
            Field("problem", say("workshop.problem")),
            Field("owner", say("workshop.owner"), value=current_user.name),
        ),
    )
    return Table(
        "exceptions",
        say("workshop.exceptions"),
        [say(f"workshop.{name}") for name in ("number", "request", "problem", "owner", "since", "level", "left")],
        [Row(_exception_cells(one, zone), _exception_acts(one)) for one in list_exceptions(session)],
        say("workshop.exceptions_none"),
        (form,) if _may_act() else (),
    )


def _exception_cells(report: ExceptionReport, zone: ZoneInfo) -> list[Cell]:
    is_open = report.state is ExceptionState.OPEN
    left = Mark(time_left(report.deadline_at, now()), tone_of(report.deadline_at, now())) if is_open else report.answer
    return [
        report.number,
        request_cell(report.request.number),
        report.problem,
        report.owner,
        local(report.opened_at, zone),
        say(f"expert_level.{report.level}"),
        left,
    ]


def _exception_acts(report: ExceptionReport) -> list[Act]:
    if not _may_act():
        return []

    def act(step: str, *fields: Field) -> Act:
        address = url_for("web.workshop.move_exception", report_id=report.id, step=step)
        return Act(address, say(f"workshop.{step}"), fields)

    if report.state is ExceptionState.ANSWERED:
        return [act("solved"), act("not_solved")]
    higher = [] if report.level is ExpertLevel.MANUFACTURER else [act("climb")]
    return [act("answer", Field("answer", say("workshop.answer_words"))), *higher]


def _customer(one: ServiceRequest) -> str:
    return in_language(one.customer, "name") if one.customer else ""
