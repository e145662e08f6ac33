"""From the answer to the closing report: owner, both sides, like cases, solution, the customer's yes (F1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, joinedload

from models import Asset, Commitment, Complaint, Customer, ServiceRequest, User
from operations.aftercare.complaints import begin_complaint, complaint_subject, record_step
from operations.aftercare.responsibility import propose_responsibility
from operations.clocks.clock_events import agree_target
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.foundation.portions import Portion, read_portion
from operations.messages.complaint_messages import (
    tell_accepted,
    tell_climbed,
    tell_closed,
    tell_explained,
    tell_offer,
    tell_owner,
)
from operations.money.receivables import owe
from policies.authority import check_authority
from policies.channels import Channel
from policies.commitments import CommitmentKind, CommitmentState
from policies.complaints import (
    UNSOLVED,
    ComplaintCategory,
    ComplaintMoveRefused,
    ComplaintState,
    DeviationUnexplained,
    ImprovementMoveRefused,
    OneSideUnheard,
    Responsibility,
    SolutionEmpty,
    Usual,
    check_date,
    check_improvement_date,
    find_usual,
    is_deviating,
    level_due,
    move_complaint,
)
from policies.languages import Language
from policies.receivables import ReceivableKind
from policies.responsibility import check_explained
from policies.roles import Role

CURRENCY = "CNY"
MOST_SIMILAR = 10
HANDLING = frozenset(
    {Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR, Role.COMPLAINTS, Role.TRAINER, Role.MANAGER, Role.ADMINISTRATOR}
)
"""Who may own a complaint, or the measure that follows from one."""


def take_complaint(
    session: Session,
    *,
    channel: Channel,
    category: ComplaintCategory,
    language: Language,
    words: str,
    house: House,
    by: str,
    opened_at: dt.datetime,
    now: dt.datetime,
    contact_phone: str | None = None,
    customer: Customer | None = None,
    request: ServiceRequest | None = None,
) -> Complaint:
    """Record a complaint that came in any other way than a call: a counter, a letter, a low answer to a survey.

    Its clock starts at `opened_at`; the customer is texted its number. Raises SolutionEmpty without words.
    """
    owner = customer or (request.customer if request else None)
    complaint = Complaint(
        category=category,
        channel=channel,
        language=language,
        contact_phone=contact_phone or (request.contact_phone if request else None),
        customer_id=owner.id if owner else None,
        request_id=request.id if request else None,
        opened_at=opened_at,
        words=_needed(words),
    )
    return begin_complaint(session, complaint, house=house, actor=by, now=now)


def list_handlers(session: Session) -> Sequence[User]:
    """Return those to whom a complaint, or what is done better after it, may be given, by name."""
    return session.scalars(
        select(User).where(User.is_active, User.role.in_(HANDLING)).order_by(User.display_name, User.id)
    ).all()


def find_complaint(session: Session, *, number: str) -> Complaint | None:
    """Return the complaint of this number, or None."""
    query = select(Complaint).where(Complaint.number == number)
    return session.scalars(query.options(joinedload(Complaint.customer), joinedload(Complaint.request))).one_or_none()


def list_unclosed(session: Session, *, most: int) -> Portion[Complaint]:
    """Return complaints that are not closed: those on the highest rung first, then the oldest."""
    wanted = (
        select(Complaint)
        .where(Complaint.state != ComplaintState.CLOSED)
        .order_by(Complaint.level.desc(), Complaint.opened_at, Complaint.id)
        .options(joinedload(Complaint.customer), joinedload(Complaint.request), joinedload(Complaint.owner))
    )
    return read_portion(session, wanted, most=most)


def list_open_improvements(session: Session) -> Sequence[Complaint]:
    """Return the closed complaints of which what is done better has not been done, what is due first coming first."""
    return session.scalars(
        select(Complaint)
        .where(
            Complaint.state == ComplaintState.CLOSED,
            Complaint.improvement_due_on.is_not(None),
            Complaint.improvement_done_at.is_(None),
        )
        .order_by(Complaint.improvement_due_on, Complaint.id)
        .options(joinedload(Complaint.improvement_owner))
    ).all()


def assign_owner(
    session: Session, *, complaint: Complaint, owner: User, house: House, by: str, now: dt.datetime
) -> None:
    """Give a complaint to somebody, or to somebody else when the customer asks for another, and tell the customer."""
    complaint.owner = owner
    session.flush()
    record_step(session, complaint, "complaint_assigned", at=now, now=now, source="desk", actor=by)
    tell_owner(session, complaint=complaint, house=house, now=now)


def note_investigation(
    session: Session,
    *,
    complaint: Complaint,
    customers_side: str,
    our_side: str,
    finding: str,
    by: str,
    now: dt.datetime,
) -> None:
    """Write down what both sides say and what was found; raises OneSideUnheard, SolutionEmpty, ComplaintMoveRefused."""
    state = move_complaint(complaint.state, ComplaintState.INVESTIGATED)
    if not customers_side.strip() or not our_side.strip():
        raise OneSideUnheard(complaint.number)
    complaint.customers_side, complaint.our_side = customers_side, our_side
    complaint.finding, complaint.state = _needed(finding), state
    complaint.owner = complaint.owner or session.scalars(select(User).where(User.name == by)).one_or_none()
    session.flush()
    record_step(session, complaint, "complaint_investigated", at=now, now=now, source="desk", actor=by)


def explain_complaint(
    session: Session,
    *,
    complaint: Complaint,
    reason: str,
    solved_by_on: dt.date,
    zone: ZoneInfo,
    house: House,
    by: str,
    now: dt.datetime,
) -> None:
    """Tell the customer why it takes longer and by which day there is a solution (H8); the first day told is a clock.

    `solved_by_on` is a day of `zone`, kept until its end. Raises SolutionEmpty, DateNotAhead, or ComplaintMoveRefused
    once a solution has been offered.
    """
    if complaint.state not in UNSOLVED:
        raise ComplaintMoveRefused(f"{complaint.state}: explained")
    check_date(solved_by_on, today=now.astimezone(zone).date())
    why = _needed(reason)
    _agree_day(session, complaint, CommitmentKind.SOLUTION, solved_by_on, zone=zone, by=by, now=now)
    record_step(
        session,
        complaint,
        "complaint_explained",
        at=now,
        now=now,
        source="desk",
        actor=by,
        facts={"solved_by_on": solved_by_on.isoformat()},
        personal={"why": why},
    )
    tell_explained(session, complaint=complaint, reason=why, solved_by_on=solved_by_on, house=house, now=now)


def find_similar(session: Session, *, complaint: Complaint) -> Sequence[Complaint]:
    """Return closed complaints of the same category, those about the same model first, the latest first."""
    product_id = select(Asset.product_id).join(ServiceRequest, ServiceRequest.asset_id == Asset.id)
    same = product_id.where(ServiceRequest.id == complaint.request_id).scalar_subquery()
    their = product_id.where(ServiceRequest.id == Complaint.request_id).correlate(Complaint).scalar_subquery()
    return session.scalars(
        select(Complaint)
        .where(
            Complaint.category == complaint.category,
            Complaint.state == ComplaintState.CLOSED,
            Complaint.id != complaint.id,
        )
        .order_by((their == same).desc().nulls_last(), Complaint.closed_at.desc(), Complaint.id.desc())
        .limit(MOST_SIMILAR)
    ).all()


def find_usual_compensation(session: Session, *, complaint: Complaint) -> Usual:
    """Return what like cases were given."""
    return find_usual([one.compensation_cents for one in find_similar(session, complaint=complaint)])


def offer_solution(
    session: Session,
    *,
    complaint: Complaint,
    solution: str,
    compensation_cents: int,
    gift: str,
    deviation: str,
    house: House,
    by: str,
    role: Role,
    now: dt.datetime,
) -> None:
    """Offer the customer a solution, with money or a gift within the role's limit; above it somebody higher offers.

    Raises DeviationUnexplained where like cases were treated otherwise and nobody says why, AuthorityExceeded,
    SolutionEmpty or ComplaintMoveRefused.
    """
    state = move_complaint(complaint.state, ComplaintState.OFFERED)
    check_authority(role, compensation_cents, figures_at(session, now))
    if is_deviating(compensation_cents, find_usual_compensation(session, complaint=complaint)) and not deviation:
        raise DeviationUnexplained(complaint.number)
    complaint.solution, complaint.compensation_cents = _needed(solution), compensation_cents
    complaint.gift, complaint.deviation = gift, deviation
    complaint.state, complaint.offered_at, complaint.offered_by = state, now, by
    session.flush()
    record_step(session, complaint, "complaint_offered", at=now, now=now, source="desk", actor=by)
    tell_offer(session, complaint=complaint, house=house, now=now)


def note_customers_yes(session: Session, *, complaint: Complaint, house: House, by: str, now: dt.datetime) -> None:
    """The customer, called for this alone, says yes: what was promised in money is owed to them from now on.

    Raises ComplaintMoveRefused.
    """
    complaint.state = move_complaint(complaint.state, ComplaintState.ACCEPTED)
    complaint.accepted_at = now
    if complaint.compensation_cents and complaint.customer_id is not None:
        owe(
            session,
            customer_id=complaint.customer_id,
            kind=ReceivableKind.COMPENSATION,
            amount_cents=-complaint.compensation_cents,
            currency=CURRENCY,
            request=complaint.request,
            now=now,
            note=complaint.number,
        )
    session.flush()
    record_step(session, complaint, "complaint_accepted", at=now, now=now, source="desk", actor=by)
    tell_accepted(session, complaint=complaint, house=house, now=now)


def note_customers_no(session: Session, *, complaint: Complaint, house: House, by: str, now: dt.datetime) -> None:
    """The customer says no: it is looked into again, one rung higher. Raises ComplaintMoveRefused."""
    complaint.state = move_complaint(complaint.state, ComplaintState.INVESTIGATED)
    record_step(session, complaint, "complaint_not_accepted", at=now, now=now, source="desk", actor=by)
    climb(session, complaint=complaint, house=house, by=by, now=now)


def climb(session: Session, *, complaint: Complaint, house: House, by: str, now: dt.datetime) -> None:
    """Put a complaint before the next higher rung, because the customer or its clock asks for it."""
    complaint.level += 1
    session.flush()
    record_step(session, complaint, "complaint_climbed", at=now, now=now, source="desk", actor=by)
    tell_climbed(session, complaint=complaint, house=house, now=now)


def climb_unanswered(session: Session, *, house: House, now: dt.datetime) -> int:
    """Put complaints that nobody answered in time before the next rung (K2); return how many climbed."""
    rows = session.execute(
        select(Complaint, Commitment)
        .join(Commitment, Commitment.subject == "complaint:" + cast(Complaint.id, String))
        .where(
            Complaint.state == ComplaintState.OPEN,
            Commitment.kind == CommitmentKind.COMPLAINT,
            Commitment.state == CommitmentState.BROKEN,
        )
        .order_by(Complaint.id)
        .with_for_update(of=Complaint)
    ).all()
    climbed = 0
    for complaint, clock in rows:
        if complaint.level < level_due(started_at=clock.started_at, deadline_at=clock.deadline_at, now=now):
            climb(session, complaint=complaint, house=house, by="clock", now=now)
            climbed += 1
    return climbed


def close_complaint(
    session: Session,
    *,
    complaint: Complaint,
    responsibility: Responsibility,
    responsibility_why: str,
    improvement: str,
    improvement_owner: User,
    improvement_due_on: dt.date,
    outcome_for_staff: str,
    zone: ZoneInfo,
    house: House,
    by: str,
    now: dt.datetime,
) -> None:
    """Close it with whose it was, what is done better, by whom, by which day, and what it means for those concerned.

    The customer is told what is done better; `improvement_due_on`, a day of `zone`, is a clock that runs until its end.
    Only after their yes. Raises ComplaintMoveRefused, ImprovementDateWrong, SolutionEmpty, or
    ResponsibilityUnexplained for another responsibility than the records show, without a why.
    """
    state = move_complaint(complaint.state, ComplaintState.CLOSED)
    check_improvement_date(improvement_due_on, today=now.astimezone(zone).date())
    found = propose_responsibility(session, complaint=complaint)
    check_explained(found, responsibility, why=responsibility_why)
    complaint.improvement_owner, complaint.improvement_due_on = improvement_owner, improvement_due_on
    complaint.improvement, complaint.outcome_for_staff = _needed(improvement), outcome_for_staff
    complaint.responsibility, complaint.state = responsibility, state
    complaint.closed_at, complaint.closed_by = now, by
    session.flush()
    _agree_day(session, complaint, CommitmentKind.IMPROVEMENT, improvement_due_on, zone=zone, by=by, now=now)
    record_step(
        session,
        complaint,
        "complaint_closed",
        at=now,
        now=now,
        source="desk",
        actor=by,
        facts={
            "responsibility": str(responsibility),
            "found": str(found.responsibility or ""),
            "shown_by": str(found.ground),
        },
        personal={"why": responsibility_why.strip()} if responsibility_why.strip() else None,
    )
    tell_closed(session, complaint=complaint, house=house, now=now)


def note_improved(session: Session, *, complaint: Complaint, outcome: str, by: str, now: dt.datetime) -> None:
    """What was to be done better has been done: what shows it. Raises ImprovementMoveRefused or SolutionEmpty."""
    if complaint.improvement_due_on is None or complaint.improvement_done_at is not None:
        raise ImprovementMoveRefused(complaint.number)
    complaint.improvement_outcome = _needed(outcome)
    complaint.improvement_done_at, complaint.improvement_done_by = now, by
    record_step(session, complaint, "complaint_improved", at=now, now=now, source="desk", actor=by)


def _agree_day(
    session: Session,
    complaint: Complaint,
    kind: CommitmentKind,
    on: dt.date,
    *,
    zone: ZoneInfo,
    by: str,
    now: dt.datetime,
) -> None:
    """Begin a clock of the complaint that runs to the end of a day."""
    until = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), zone)
    subject = complaint_subject(complaint.id)
    agree_target(session, subject=subject, request_id=None, kind=kind, until=until, by=by, now=now)


def _needed(words: str) -> str:
    if not words.strip():
        raise SolutionEmpty
    return words.strip()
