"""What waits for a person about money: differences to approve, amounts owed, technicians' expenses (M2, M3)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Expense, Receivable
from operations.money.receivables import decide_expense, list_expenses, list_open_receivables, take_payment
from operations.money.settlements import list_waiting
from policies.receivables import ExpenseState, PaymentMethod
from web.forms.form_fields import read_cents, read_choice
from web.forms.refusals import REFUSALS
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
from web.wording.amounts import amount, typed_amount
from web.wording.sentences import in_language, say
from web.wording.words import Tone

money = Blueprint("money", __name__, url_prefix="/money")
DECIDABLE = {
    ExpenseState.CLAIMED: (ExpenseState.APPROVED, ExpenseState.DECLINED),
    ExpenseState.APPROVED: (ExpenseState.PAID,),
}


@money.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """Everything that waits, what is due first at the top."""
    with services().database.reading() as session:
        zone = house_zone(session)
        tables = [_differences(session, zone), receivables_table(session, zone), _expenses(session)]
    return show_tables(title=say("nav.money"), tables=tables)


@money.post("/receivables/<int:receivable_id>")
@for_roles(HELPERS)
def pay(receivable_id: int) -> ResponseReturnValue:
    """Somebody paid, or we did."""

    def act(session: Session) -> None:
        take_payment(
            session,
            receivable=session.get(Receivable, receivable_id) or abort(404),
            amount_cents=read_cents("amount"),
            method=read_choice("method", PaymentMethod),
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


@money.post("/expenses/<int:expense_id>/<state>")
@for_roles(PLANNERS)
def decide(expense_id: int, state: str) -> ResponseReturnValue:
    """A claim is approved, declined or paid."""
    if state not in set(ExpenseState):
        abort(404)

    def act(session: Session) -> None:
        decide_expense(
            session,
            expense=session.get(Expense, expense_id) or abort(404),
            to=ExpenseState(state),
            by=current_user.name,
            role=current_user.role,
            now=now(),
        )

    return _carry_out(act)


def _carry_out(act: Callable[[Session], object]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.money.show"))


def _differences(session: Session, zone: ZoneInfo) -> Table:
    waiting = list_waiting(session, most=most_rows())
    rows = [
        Row(
            (
                local(one.made_at, zone),
                Link(
                    one.request.number,
                    url_for("web.request_money.show", number=one.request.number, _anchor=f"s{one.id}"),
                ),
                in_language(one.request.customer, "name") if one.request.customer else "",
                amount(one.agreed_cents or 0, one.currency),
                amount(one.total_cents, one.currency),
            )
        )
        for one in waiting
    ]
    headers = [say(f"money.{name}") for name in ("since", "request", "customer", "agreed", "total")]
    return Table(
        "differences", say("money.differences"), headers, rows, say("money.differences_none"), found=waiting.found
    )


def receivables_table(session: Session, zone: ZoneInfo, *, customer_id: int | None = None) -> Table:
    """Return what is owed either way, of everybody or of one customer, each with a form for a payment."""
    today = now().astimezone(zone).date()
    methods = [(str(method), say(f"payment_method.{method}")) for method in PaymentMethod]
    rows = []
    receivables = list_open_receivables(session, customer_id=customer_id, most=most_rows())
    for one in receivables:
        left = one.open_cents
        pay_act = Act(
            url_for("web.money.pay", receivable_id=one.id),
            say("money.pay"),
            (
                Field("amount", say("money.amount"), value=typed_amount(left)),
                Field("method", say("money.method"), kind="choice", choices=methods),
            ),
        )
        rows.append(
            Row(
                (
                    Mark(one.due_on.isoformat(), Tone.BROKEN if one.due_on < today and left > 0 else Tone.CALM),
                    say(f"receivable_kind.{one.kind}"),
                    in_language(one.customer, "name") if one.customer else one.courier,
                    _document(one),
                    amount(one.amount_cents, one.currency),
                    amount(left, one.currency),
                ),
                (pay_act,) if current_user.role in HELPERS else (),
            )
        )
    headers = [say(f"money.{name}") for name in ("due", "what", "customer", "document", "amount", "open")]
    return Table(
        "receivables", say("money.receivables"), headers, rows, say("money.receivables_none"), found=receivables.found
    )


def _document(one: Receivable) -> str | Link:
    if one.settlement is not None:
        number = one.settlement.request.number
        return Link(one.settlement.receipt_number or number, url_for("web.request_money.show", number=number))
    if one.agreement is not None:
        return Link(one.agreement.number, url_for("web.agreements.show", number=one.agreement.number))
    if one.shipment is not None:
        return Link(
            one.note or one.shipment.request.number, url_for("web.requests.show", number=one.shipment.request.number)
        )
    return one.note


def _expenses(session: Session) -> Table:
    claims = list_expenses(session, states=tuple(DECIDABLE), most=most_rows())
    rows = [
        Row(
            (
                one.spent_on.isoformat(),
                in_language(one.technician, "name"),
                say(f"expense_kind.{one.kind}"),
                one.note,
                request_cell(one.visit.request.number) if one.visit else "",
                Link(say("file.receipt"), url_for("web.files.show", key=one.receipt.key))
                if one.receipt
                else Mark(say("money.no_receipt"), Tone.SOON),
                amount(one.amount_cents, one.currency),
                say(f"expense_state.{one.state}"),
            ),
            tuple(
                Act(url_for("web.money.decide", expense_id=one.id, state=to), say(f"money.expense_{to}"))
                for to in DECIDABLE.get(one.state, ())
                if current_user.role in PLANNERS
            ),
        )
        for one in claims
    ]
    headers = [
        say(f"money.{name}")
        for name in ("spent", "technician", "what", "note", "request", "receipt", "amount", "state")
    ]
    return Table("expenses", say("money.expenses"), headers, rows, say("money.expenses_none"), found=claims.found)
