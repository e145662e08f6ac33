"""Proposals for a better plan: seen change by change, taken in whole or in part, refused, undone (D9)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, PlanProposal, Visit
from operations.clients.services import Services
from operations.day.day import find_area
from operations.dispatching.proposal_reviews import (
    Drift,
    Measure,
    Placement,
    ProposalReview,
    ProposedChange,
    review_proposal,
)
from operations.dispatching.publication import (
    PartBreaksPromises,
    ProposalRefused,
    propose_plan,
    publish_proposal,
    read_day,
    refuse_proposal,
    undo_publication,
)
from operations.planning.live_plan import StalePlan
from policies.publication import ProposalState
from web.forms.form_fields import FormRefused
from web.foundation.access import OFFICE, PLANNERS, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.wording.record_words import say_party
from web.wording.sentences import in_language, say
from web.wording.words import instant, window

proposals = Blueprint("proposals", __name__, url_prefix="/proposals")
CENTS = 100
MOST_CHANGES = 2000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One visit that would change, in words; what changes hands can be taken or left by itself."""

    visit_id: int
    code: str
    number: str
    customer: str
    window: str
    before: str
    after: str
    breaks_window: bool
    tells_customer: bool
    can_be_left: bool
    is_rescued: bool


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One figure before and after."""

    name: str
    before: str
    after: str
    tone: str


@proposals.get("/<int:proposal_id>")
@for_roles(OFFICE)
def show(proposal_id: int) -> ResponseReturnValue:
    """The proposal beside the plan as it is."""
    with services().database.reading() as session:
        proposal = session.get(PlanProposal, proposal_id) or abort(404)
        zone = ZoneInfo(session.get_one(Area, proposal.area_id).time_zone)
        review = review_proposal(session, proposal=proposal, now=now())
        return render_template(
            "proposal.html",
            review=review,
            made=_at(proposal.made_at, zone),
            decided=f"{say_party(proposal.decided_by or '')} {_at(proposal.decided_at, zone)}"
            if proposal.decided_at
            else "",
            expires=_at(review.expires_at, zone),
            changes=[_change_line(change, zone) for change in review.changes],
            measures=_measure_lines(review.before, review.after),
            drift=_drift_lines(review.drift) if review.drift else [],
            checks=_checks(review),
            may_plan=current_user.role in PLANNERS,
            is_open=proposal.state is ProposalState.PROPOSED,
            is_published=proposal.state is ProposalState.PUBLISHED,
        )


@proposals.post("/<int:proposal_id>/publish")
@for_roles(PLANNERS)
def publish(proposal_id: int) -> ResponseReturnValue:
    """Make the proposal, or the part of it that was ticked, the plan and tell everybody it concerns."""
    wired = services()

    def act(session: Session, proposal: PlanProposal) -> str:
        told = publish_proposal(
            session,
            proposal=proposal,
            house=wired.house,
            by=current_user.name,
            now=now(),
            accepted=_ticked(),
            is_undoable=True,
        )
        return say("proposal.published", count=told)

    return _decide(proposal_id, act, too_late="proposal.expired", needs=ProposalState.PROPOSED)


@proposals.post("/<int:proposal_id>/refuse")
@for_roles(PLANNERS)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Decide against the proposal; the plan stays as it is."""

    def act(session: Session, proposal: PlanProposal) -> str:
        refuse_proposal(session, proposal=proposal, by=current_user.name, now=now())
        return say("proposal.refused")

    return _decide(proposal_id, act, too_late="proposal.expired", needs=ProposalState.PROPOSED)


@proposals.post("/<int:proposal_id>/undo")
@for_roles(PLANNERS)
def undo(proposal_id: int) -> ResponseReturnValue:
    """Give every visit back to whom it had, while customers have not been told."""

    def act(session: Session, proposal: PlanProposal) -> str:
        undo_publication(session, proposal=proposal, house=services().house, by=current_user.name, now=now())
        return say("proposal.undone")

    return _decide(proposal_id, act, too_late="proposal.not_undoable", needs=ProposalState.PUBLISHED)


@proposals.post("/solve")
@for_roles(PLANNERS)
def solve() -> ResponseReturnValue:
    """Look for a better plan, on a worker; it appears on the board when it is found."""
    wired, solving = services(), current_app.extensions.setdefault("areas_being_solved", set())
    with wired.database.reading() as session:
        area = find_area(session, code=request.form.get("area") or None) or abort(404)
        area_id = area.id
    if area_id not in solving:
        solving.add(area_id)
        Thread(target=_solve, args=(wired, area_id, solving), daemon=True).start()
    flash(say("proposal.being_made"), "done")
    return redirect(url_for("web.day.show", area=request.form.get("area") or None))


def _decide(
    proposal_id: int, act: Callable[[Session, PlanProposal], str], *, too_late: str, needs: ProposalState
) -> ResponseReturnValue:
    """Carry a decision out and lead to the board with what it returns; refused, the proposal's page says why.

    `needs` is the state a proposal must be in for it, and `too_late` names the sentence for one that is in it, but too
    old.
    """
    try:
        with services().database.writing() as session:
            done = act(session, session.get(PlanProposal, proposal_id) or abort(404))
    except PartBreaksPromises:
        why = [say("proposal.part_breaks")]  # what is ticked comes back ticked
    except StalePlan:
        with services().database.reading() as session:
            why = [say("proposal.stale"), *_say_marks(session)]
    except ProposalRefused:
        with services().database.reading() as session:
            proposal = session.get_one(PlanProposal, proposal_id)
            is_decided = proposal.state not in {needs, ProposalState.PROPOSED}
            why = [_say_decision(session, proposal) if is_decided else say(too_late), *_say_marks(session)]
    else:
        flash(done, "done")
        return redirect(url_for("web.day.show"))
    raise FormRefused({}, message=" ".join(why), back_to=url_for("web.proposals.show", proposal_id=proposal_id))


def _say_decision(session: Session, proposal: PlanProposal) -> str:
    """Return who has decided a proposal, how and when."""
    zone = ZoneInfo(session.get_one(Area, proposal.area_id).time_zone)
    at = _at(proposal.decided_at or proposal.made_at, zone)
    return say(f"proposal.is_{proposal.state}", who=say_party(proposal.decided_by or ""), at=at)


def _say_marks(session: Session) -> list[str]:
    """Return which visits somebody had ticked, for a page on which nothing can be ticked any more."""
    ticked = _ticked()
    if not ticked:
        return []
    visits = session.scalars(select(Visit).where(Visit.id.in_(ticked)).order_by(Visit.code)).all()
    return [say("proposal.your_marks", codes=_codes(visits))]


def _ticked() -> frozenset[int] | None:
    """Return the ids of the visits whose change is taken; None for all of them."""
    if request.form.get("take") != "some":
        return None
    return frozenset(request.form.getlist("visit", type=row_id)[:MOST_CHANGES])


def _solve(wired: Services, area_id: int, solving: set[int]) -> None:
    try:
        with wired.database.reading() as session:
            day = read_day(session, area_id=area_id, now=wired.now())
        solved = wired.solve(day.snapshot.problem, day.snapshot.plan)
        with wired.database.writing() as session:
            propose_plan(session, day=day, solved=solved, reason="desk", now=wired.now())
    except StalePlan:
        log.info("plan moved while it was solved", area_id=area_id)
    except Exception:
        log.exception("solver failed", area_id=area_id)
    finally:
        solving.discard(area_id)


def _change_line(change: ProposedChange, zone: ZoneInfo) -> ChangeLine:
    visit, today = change.visit, now().astimezone(zone).date()
    has_window = visit.window_from_at is not None and visit.window_until_at is not None
    return ChangeLine(
        visit_id=visit.id,
        code=visit.code,
        number=visit.request.number,
        customer=in_language(visit.request.customer, "name") if visit.request.customer else "",
        window=window(visit.window_from_at, visit.window_until_at, zone, today=today)  # type: ignore[arg-type]
        if has_window
        else "",
        before=_placement(change.before, zone),
        after=_placement(change.after, zone),
        breaks_window=change.breaks_window,
        tells_customer=change.tells_customer,
        can_be_left=change.changes_hands,
        is_rescued=change.is_rescued,
    )


def _placement(placement: Placement, zone: ZoneInfo) -> str:
    return f"{in_language(placement.technician, 'name')} {_at(placement.start_at, zone)}"


def _measure_lines(before: Measure, after: Measure) -> list[MeasureLine]:
    lines = []
    for name in ("broken_promises", "broken_commitments", "travel_minutes", "overtime_minutes", "cost_cents"):
        old, new = getattr(before, name), getattr(after, name)
        before_words, after_words = (
            f"{value / CENTS:.2f}" if name == "cost_cents" else str(value) for value in (old, new)
        )
        tone = "better" if new < old else "worse" if new > old else "same"
        lines.append(MeasureLine(name, before_words, after_words, tone))
    return lines


def _drift_lines(drift: Drift) -> list[str]:
    named = (("new", drift.new), ("gone", drift.gone), ("moved", drift.moved))
    lines = [say(f"proposal.drift_{name}", codes=_codes(visits)) for name, visits in named if visits]
    return lines or [say("proposal.drift_other")]


def _codes(visits: object) -> str:
    rows: list[Visit] = list(visits)  # type: ignore[call-overload]
    return say("list_separator").join(visit.code for visit in rows)


def _checks(review: ProposalReview) -> list[tuple[str, bool]]:
    return [
        ("no_worse", review.is_no_worse),
        ("no_worse_than_nearest", review.is_no_worse_than_nearest),
        ("no_violation", review.violations == 0),
        ("no_window_broken", not any(change.breaks_window for change in review.changes)),
    ]


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
