"""The register of service risks, crises and findings of audits, with their measures (F5, R)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ServiceRisk, User
from operations.matters.service_risks import (
    Assessment,
    OutcomeMissing,
    close_risk,
    list_closed_risks,
    list_open_risks,
    open_risk,
    review_risk,
)
from operations.people.users import list_users
from policies.roles import Role
from policies.service_risks import (
    LEAST,
    MOST,
    MeasureDayWrong,
    RiskClosedAlready,
    RiskKind,
    RiskLevel,
)
from web.forms.form_fields import Refusals, fault, known, read_choice, read_day, read_text
from web.foundation.access import OFFICE, SUPERVISORS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Act, Field, Mark, Row, Table, carry_out, house_zone, local, show_tables
from web.wording.sentences import say
from web.wording.words import Tone

risks = Blueprint("risks", __name__, url_prefix="/risks")
FINDERS = SUPERVISORS | {Role.AUDITOR}
"""Those who open entries; auditors write down what they have found, and leave the measures to others."""
REFUSALS: Refusals = {
    MeasureDayWrong: "risks.day_wrong",
    OutcomeMissing: "forms.missing",
    RiskClosedAlready: "tables.too_late",
}
OPEN_COLUMNS = ("number", "kind", "title", "level", "measure", "owner", "due_on")
CLOSED_COLUMNS = ("number", "kind", "title", "measure", "outcome", "owner", "closed")
TONES = {RiskLevel.HIGH: Tone.BROKEN, RiskLevel.MEDIUM: Tone.SOON, RiskLevel.LOW: Tone.CALM}
SCALE = [(str(value), str(value)) for value in range(LEAST, MOST + 1)]
LONGEST_TITLE, LONGEST_WORDS = 200, 400
Choices = list[tuple[str, str]]


@risks.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """What is open, the gravest first; what is closed; a form for a new entry."""
    with services().database.reading() as session:
        zone = house_zone(session)
        owners = [(one.name, one.display_name) for one in list_users(session) if one.is_active]
        closed = list_closed_risks(session, most=most_rows())
        tables = [
            Table(
                "risks",
                say("nav.risks"),
                _headers(OPEN_COLUMNS),
                [_open_row(one, zone, owners) for one in list_open_risks(session)],
                say("risks.none"),
                [_new_form(owners)] if current_user.role in FINDERS else [],
            ),
            Table(
                "closed",
                say("risks.closed_title"),
                _headers(CLOSED_COLUMNS),
                [_closed_row(one, zone) for one in closed],
                say("risks.none_closed"),
                found=closed.found,
            ),
        ]
    return show_tables(title=say("nav.risks"), tables=tables)


@risks.post("")
@for_roles(FINDERS)
def add() -> ResponseReturnValue:
    """Something that may go wrong, or went wrong, is written down."""
    kind = read_choice("kind", RiskKind)
    if current_user.role is Role.AUDITOR and kind is not RiskKind.FINDING:
        abort(403)

    def act(session: Session) -> None:
        open_risk(
            session,
            kind=kind,
            title=read_text("title", longest=LONGEST_TITLE, is_required=True),
            assessment=_read_assessment(session),
            zone=house_zone(session),
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


@risks.post("/<int:risk_id>")
@for_roles(SUPERVISORS)
def review(risk_id: int) -> ResponseReturnValue:
    """An entry is looked at again."""

    def act(session: Session) -> None:
        review_risk(
            session,
            risk=session.get(ServiceRisk, risk_id) or abort(404),
            assessment=_read_assessment(session),
            zone=house_zone(session),
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


@risks.post("/<int:risk_id>/closed")
@for_roles(SUPERVISORS)
def close(risk_id: int) -> ResponseReturnValue:
    """The measure is carried out."""

    def act(session: Session) -> None:
        risk = session.get(ServiceRisk, risk_id) or abort(404)
        outcome = read_text("outcome", longest=LONGEST_WORDS)
        close_risk(session, risk=risk, outcome=outcome, by=current_user.name, now=now())

    return _carry_out(act)


def _carry_out(act: Callable[[Session], None]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.risks.show"))


def _read_assessment(session: Session) -> Assessment:
    return Assessment(
        likelihood=_read_rating("likelihood"),
        harm=_read_rating("harm"),
        measure=read_text("measure", longest=LONGEST_WORDS, is_required=True),
        owner=_read_owner(session),
        due_on=read_day("due_on"),
    )


def _read_rating(name: str) -> int:
    text = read_text(name, is_required=True)
    if text not in dict(SCALE):
        raise fault(name, "risks.out_of_scale")
    return int(text)


def _read_owner(session: Session) -> User:
    wanted = select(User).where(User.name == read_text("owner", is_required=True), User.is_active.is_(True))
    return known(session.scalars(wanted).one_or_none(), "owner")


def _headers(names: tuple[str, ...]) -> list[str]:
    return [say(f"risks.{name}") for name in names]


def _fields(owners: Choices, one: ServiceRisk | None = None) -> tuple[Field, ...]:
    return (
        Field("likelihood", say("risks.likelihood"), "choice", str(one.likelihood) if one else "", SCALE),
        Field("harm", say("risks.harm"), "choice", str(one.harm) if one else "", SCALE),
        Field("measure", say("risks.measure"), value=one.measure if one else ""),
        Field("owner", say("risks.owner"), "choice", one.owner.name if one else current_user.name, owners),
        Field("due_on", say("risks.due_on"), "date", one.due_on.isoformat() if one else ""),
    )


def _new_form(owners: Choices) -> Act:
    kinds = [RiskKind.FINDING] if current_user.role is Role.AUDITOR else list(RiskKind)
    choices = [(str(kind), say(f"risk_kind.{kind}")) for kind in kinds]
    what = Field("kind", say("risks.kind"), "choice", choices=choices), Field("title", say("risks.title"))
    return Act(url_for("web.risks.add"), say("risks.add"), (*what, *_fields(owners)))


def _open_row(one: ServiceRisk, zone: ZoneInfo, owners: Choices) -> Row:
    is_late = one.due_on < now().astimezone(zone).date()
    acts = (
        Act(url_for("web.risks.review", risk_id=one.id), say("risks.review"), _fields(owners, one)),
        Act(url_for("web.risks.close", risk_id=one.id), say("risks.close"), (Field("outcome", say("risks.outcome")),)),
    )
    return Row(
        (
            one.number,
            say(f"risk_kind.{one.kind}"),
            one.title,
            Mark(f"{say(f'risk_level.{one.level}')} {one.likelihood}×{one.harm}", TONES[one.level]),
            one.measure,
            one.owner.display_name,
            Mark(one.due_on.isoformat(), Tone.BROKEN if is_late else Tone.CALM),
        ),
        acts if current_user.role in SUPERVISORS else (),
    )


def _closed_row(one: ServiceRisk, zone: ZoneInfo) -> Row:
    return Row(
        (
            one.number,
            say(f"risk_kind.{one.kind}"),
            one.title,
            one.measure,
            one.outcome,
            one.owner.display_name,
            f"{one.closed_by} {local(one.closed_at, zone)}",
        )
    )
