import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

import dispatch
from models import Message, PlanProposal, Shift, Stop, Visit
from models.database import Database
from operations.dispatching.proposal_reviews import ProposalReview, review_proposal
from operations.dispatching.proposals import list_waiting_proposals
from operations.dispatching.publication import (
    PartBreaksPromises,
    ProposalRefused,
    judge_proposal,
    propose_plan,
    publish_proposal,
    read_day,
    refuse_proposal,
    tell_day,
    undo_publication,
)
from operations.planning.live import open_plan
from operations.planning.live_plan import StalePlan
from policies.message_states import MessageState
from policies.publication import ProposalState
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit, make_city
from tests.factories.instants import MORNING, NIGHT, hours, minutes
from tests.factories.looking import looking
from tests.factories.team import make_absence
from tests.factories.threads import run_together
from tests.prepared import prepare

NINE = MORNING + minutes(150)


@pytest.fixture
def city(database: Database) -> City:
    return prepare(database, three_booked)


def three_booked(session: Session) -> City:
    city = make_city(session, customers=6, days=1)
    for customer in range(3):
        book_visit(session, city, customer=customer)
    return city


def swapped(day_plan: dispatch.Plan, problem: dispatch.Problem) -> dispatch.Plan:
    """The same visits, each with the other technician."""
    shifts = [shift.id for shift in problem.shifts]
    order = {route.shift_id: [stop.visit_id for stop in route.stops] for route in day_plan.routes}
    return dispatch.time_routes(
        problem, {shifts[1 - index]: order.get(shift, []) for index, shift in enumerate(shifts)}
    )


def propose(database: Database, city: City, *, swaps: bool = True, now: dt.datetime = MORNING) -> PlanProposal:
    with database.reading() as session:
        day = read_day(session, area_id=city.area.id, now=now)
    solved = swapped(day.snapshot.plan, day.snapshot.problem) if swaps else day.snapshot.plan
    with database.writing() as session:
        return propose_plan(session, day=day, solved=solved, reason="morning", now=now)


def publish(database: Database, proposal: PlanProposal, *, now: dt.datetime = MORNING) -> int:
    with database.writing() as session:
        row = session.get_one(PlanProposal, proposal.id)
        return publish_proposal(session, proposal=row, house=HOUSE, by="dispatcher", now=now)


def owners(database: Database) -> dict[int, int | None]:
    """The technician of each visit, by the plan."""
    with looking(database) as session:
        return {
            stop.visit_id: session.get_one(Shift, stop.shift_id).technician_id
            for stop in session.query(Stop)
            if stop.visit_id is not None
        }


def texts(database: Database, template: str) -> list[Message]:
    with looking(database) as session:
        return session.query(Message).filter_by(template=template).order_by(Message.id).all()


def state(database: Database, proposal: PlanProposal) -> ProposalState:
    with looking(database) as session:
        return session.get_one(PlanProposal, proposal.id).state


def test_a_published_proposal_is_the_live_plan_and_everybody_is_told_once(database: Database, city: City) -> None:
    before = owners(database)
    proposal = propose(database, city)

    told = publish(database, proposal)

    after = owners(database)
    assert told == 3
    assert all(after[visit] != before[visit] for visit in before)
    assert {message.recipient for message in texts(database, "route_published")} == {
        f"technician:{technician}" for technician in after.values()
    }
    with looking(database) as session:
        known = session.get_one(PlanProposal, proposal.id)
        assert {(visit.state, visit.technician_id == after[visit.id]) for visit in session.query(Visit)} == {
            (VisitState.DISPATCHED, True)
        }
    assert (known.state, known.decided_at, known.decided_by) == (ProposalState.PUBLISHED, MORNING, "dispatcher")


def test_a_published_plan_keeps_every_rule_and_promise(database: Database, city: City) -> None:
    publish(database, propose(database, city))

    with database.writing() as session:
        opened = open_plan(session, area_id=city.area.id, now=MORNING)
        assert dispatch.check(opened.snapshot.problem, opened.snapshot.plan) == ()


def test_customers_hear_of_a_new_technician_and_only_they(database: Database, city: City) -> None:
    publish(database, propose(database, city))

    messages = texts(database, "technician_changed")
    names = {technician.id: technician.name for technician in city.technicians}
    after = owners(database)
    assert {message.visit_id for message in messages} == set(after)
    assert all(names[after[message.visit_id] or 0] in message.body for message in messages if message.visit_id)
    assert all("时间不变：11月23日(周一)" in message.body for message in messages)


def test_a_plan_that_changes_nothing_is_no_news_for_customers(database: Database, city: City) -> None:
    publish(database, propose(database, city, swaps=False))

    assert texts(database, "technician_changed") == []
    assert texts(database, "route_published") != []


def test_a_proposal_is_published_once(database: Database, city: City) -> None:
    proposal = propose(database, city)
    publish(database, proposal)

    with pytest.raises(ProposalRefused, match="published"):
        publish(database, proposal)

    assert len(texts(database, "technician_changed")) == 3


def test_of_two_who_publish_at_once_one_does(database: Database, city: City) -> None:
    proposal = propose(database, city)

    def try_to() -> str:
        try:
            publish(database, proposal)
        except (ProposalRefused, StalePlan):
            return "refused"
        return "published"

    assert sorted(run_together(try_to, try_to)) == ["published", "refused"]
    assert len(texts(database, "technician_changed")) == 3


def test_a_proposal_is_refused_when_the_plan_has_moved_on(database: Database, city: City) -> None:
    proposal = propose(database, city)
    before = owners(database)
    with database.writing() as session:
        booked = book_visit(session, city, customer=3, now=MORNING)

    with pytest.raises(StalePlan):
        publish(database, proposal)

    assert {visit: owner for visit, owner in owners(database).items() if visit != booked.id} == before
    assert texts(database, "technician_changed") == []
    assert state(database, proposal) is ProposalState.PROPOSED


def test_a_solve_of_a_plan_that_has_moved_on_is_not_even_proposed(database: Database, city: City) -> None:
    with database.reading() as session:
        day = read_day(session, area_id=city.area.id, now=MORNING)
    with database.writing() as session:
        book_visit(session, city, customer=3, now=MORNING)

    with pytest.raises(StalePlan), database.writing() as session:
        propose_plan(session, day=day, solved=day.snapshot.plan, reason="morning", now=MORNING)

    with looking(database) as session:
        assert session.query(PlanProposal).count() == 0


def test_a_new_proposal_takes_the_place_of_the_one_that_waited(database: Database, city: City) -> None:
    first = propose(database, city)
    second = propose(database, city)

    assert state(database, first) is ProposalState.SUPERSEDED
    with pytest.raises(ProposalRefused):
        publish(database, first)
    assert publish(database, second) == 3


def test_a_proposal_says_which_visits_change_hands(database: Database, city: City) -> None:
    before = owners(database)
    shift_of = {shift.technician_id: shift.id for shift in city.shifts}

    changes = propose(database, city).changes

    assert {change["visit"]: change["from_shift"] for change in changes} == {
        visit: shift_of[owner or 0] for visit, owner in before.items()
    }
    assert all(change["to_shift"] != change["from_shift"] for change in changes)
    assert propose(database, city, swaps=False).changes == []


def judge(database: Database, proposal: PlanProposal, *, is_morning: bool, is_on: bool = True) -> tuple[bool, str]:
    with database.writing() as session:
        decision = judge_proposal(
            session,
            proposal=session.get_one(PlanProposal, proposal.id),
            is_auto_publish_on=is_on,
            is_morning=is_morning,
        )
    return decision.is_automatic, decision.reason


def test_before_anybody_is_told_a_proposal_that_keeps_every_promise_goes_out_by_itself(
    database: Database, city: City
) -> None:
    proposal = propose(database, city)

    assert judge(database, proposal, is_morning=True) == (True, "no_promise_touched")
    assert judge(database, proposal, is_morning=False) == (True, "no_promise_touched")
    assert judge(database, proposal, is_morning=True, is_on=False) == (False, "auto_publish_off")


def test_during_the_day_a_change_for_people_who_were_told_waits_for_a_dispatcher(
    database: Database, city: City
) -> None:
    publish(database, propose(database, city))
    proposal = propose(database, city, now=MORNING + minutes(5))

    assert judge(database, proposal, is_morning=False) == (False, "people_told_touched")
    assert judge(database, proposal, is_morning=True)[0]


def test_a_proposal_that_breaks_a_promise_waits_for_a_dispatcher(database: Database, city: City) -> None:
    with database.reading() as session:
        day = read_day(session, area_id=city.area.id, now=MORNING)
    # Everything with one technician, the last promise first: somebody waits in vain.
    visits = sorted(day.snapshot.problem.visits, key=lambda visit: visit.promised_window.from_seconds, reverse=True)  # type: ignore[union-attr]
    late = [replace(visit, duration_seconds=4 * 3600.0) for visit in visits]
    problem = replace(day.snapshot.problem, visits=tuple(late))
    solved = dispatch.time_routes(problem, {problem.shifts[0].id: [visit.id for visit in late]})
    assert solved.score.broken_promises + solved.score.broken_commitments > 0

    with database.writing() as session:
        proposal = propose_plan(session, day=day, solved=solved, reason="morning", now=MORNING)

    assert judge(database, proposal, is_morning=True) == (False, "promise_touched")


def test_telling_the_day_again_tells_nothing_new(database: Database, city: City) -> None:
    publish(database, propose(database, city))

    with database.writing() as session:
        assert tell_day(session, area_id=city.area.id, house=HOUSE, now=MORNING + minutes(1)) == 0

    assert len(texts(database, "route_changed")) == 0


def test_a_visit_that_changes_hands_after_the_morning_is_told_to_both(database: Database, city: City) -> None:
    publish(database, propose(database, city))
    before = owners(database)

    publish(database, propose(database, city, now=MORNING + minutes(5)), now=MORNING + minutes(5))

    after = owners(database)
    with looking(database) as session:
        codes = {visit.id: visit.code for visit in session.query(Visit)}
    heard = {
        recipient: " ".join(
            message.body
            for template in ("route_published", "route_changed")
            for message in texts(database, template)
            if message.recipient == recipient and message.created_at == MORNING + minutes(5)
        )
        for recipient in (f"technician:{technician.id}" for technician in city.technicians)
    }
    for visit, code in codes.items():
        assert after[visit] != before[visit]
        assert f"取消{code}" in heard[f"technician:{before[visit]}"]
    with looking(database) as session:
        assert {visit.state for visit in session.query(Visit)} == {VisitState.DISPATCHED}


def test_areas_do_not_mix(database: Database, city: City) -> None:
    with database.writing() as session:
        other = make_city(session)
        stranger = book_visit(session, other, now=NIGHT)

    assert publish(database, propose(database, city)) == 3
    with looking(database) as session:
        assert session.get_one(Visit, stranger.id).state is VisitState.BOOKED


def hands(database: Database, proposal: PlanProposal) -> list[int]:
    """The visits that a proposal gives to somebody else."""
    with database.reading() as session:
        return [change["visit"] for change in session.get_one(PlanProposal, proposal.id).changes]


def test_only_the_changes_that_were_taken_are_made(database: Database, city: City) -> None:
    before, proposal = owners(database), propose(database, city)
    busiest = max(before.values(), key=list(before.values()).count)
    taken = next(visit for visit in hands(database, proposal) if before[visit] == busiest)

    with database.writing() as session:
        row = session.get_one(PlanProposal, proposal.id)
        publish_proposal(
            session, proposal=row, house=HOUSE, by="zhou", now=MORNING, accepted=frozenset({taken}), is_undoable=True
        )

    after = owners(database)
    assert [visit for visit in after if after[visit] != before[visit]] == [taken]
    [text] = texts(database, "technician_changed")
    assert (text.visit_id, text.not_before_at) == (taken, MORNING + minutes(3))


def test_a_part_that_does_not_stand_on_its_own_is_refused_and_changes_nothing(database: Database, city: City) -> None:
    before, proposal = owners(database), propose(database, city)
    busiest = max(before.values(), key=list(before.values()).count)
    alone = next(visit for visit in hands(database, proposal) if before[visit] != busiest)

    with pytest.raises(PartBreaksPromises), database.writing() as session:
        publish_proposal(
            session,
            proposal=session.get_one(PlanProposal, proposal.id),
            house=HOUSE,
            by="zhou",
            now=MORNING,
            accepted=frozenset({alone}),
        )

    assert owners(database) == before
    assert state(database, proposal) is ProposalState.PROPOSED


def test_a_refused_proposal_leaves_the_plan_and_cannot_be_published(database: Database, city: City) -> None:
    before, proposal = owners(database), propose(database, city)

    with database.writing() as session:
        refuse_proposal(session, proposal=session.get_one(PlanProposal, proposal.id), by="zhou", now=MORNING)

    assert state(database, proposal) is ProposalState.REFUSED
    with pytest.raises(ProposalRefused):
        publish(database, proposal)
    assert owners(database) == before


def test_a_proposal_expires_after_three_days(database: Database, city: City) -> None:
    proposal = propose(database, city, now=NIGHT)

    with pytest.raises(ProposalRefused, match="expired"):
        publish(database, proposal, now=NIGHT + hours(72))
    with database.reading() as session:
        assert list_waiting_proposals(session, area_id=city.area.id, now=NIGHT + hours(72)) == []


def test_a_published_proposal_is_undone_before_customers_hear_of_it(database: Database, city: City) -> None:
    before, proposal = owners(database), propose(database, city)
    with database.writing() as session:
        row = session.get_one(PlanProposal, proposal.id)
        publish_proposal(session, proposal=row, house=HOUSE, by="zhou", now=MORNING, is_undoable=True)

    with database.writing() as session:
        row = session.get_one(PlanProposal, proposal.id)
        undo_publication(session, proposal=row, house=HOUSE, by="zhou", now=MORNING + minutes(2))

    assert owners(database) == before
    assert {text.state for text in texts(database, "technician_changed")} == {MessageState.EXPIRED}
    assert state(database, proposal) is ProposalState.REFUSED


def test_a_publication_is_not_undone_once_customers_have_heard(database: Database, city: City) -> None:
    proposal = propose(database, city)
    publish(database, proposal)

    with pytest.raises(ProposalRefused), database.writing() as session:
        undo_publication(
            session,
            proposal=session.get_one(PlanProposal, proposal.id),
            house=HOUSE,
            by="zhou",
            now=MORNING + minutes(3),
        )


def review(database: Database, proposal: PlanProposal, *, now: dt.datetime = MORNING) -> ProposalReview:
    with looking(database) as session:
        return review_proposal(session, proposal=session.get_one(PlanProposal, proposal.id), now=now)


def test_a_review_says_who_changes_hands_who_is_told_and_what_it_costs(database: Database, city: City) -> None:
    seen = review(database, propose(database, city))

    assert {change.visit.id for change in seen.changes if change.changes_hands} == set(owners(database))
    assert seen.customer_texts == 3
    assert seen.violations == 0
    assert seen.is_no_worse == (
        (seen.after.broken_commitments, seen.after.broken_promises, seen.after.cost_cents)
        <= (seen.before.broken_commitments, seen.before.broken_promises, seen.before.cost_cents)
    )
    assert seen.can_be_accepted


def test_a_review_names_those_whose_technician_is_away_and_counts_what_they_are_told(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        ill = session.query(Stop).order_by(Stop.id).first()
        assert ill is not None
        make_absence(session, ill.shift.technician, NIGHT, NIGHT + hours(48))
        left = {visit for visit, owner in owners(database).items() if owner == ill.shift.technician_id}
    with database.reading() as session:
        day = read_day(session, area_id=city.area.id, now=MORNING)
    limits = dispatch.Limits(seconds=None, iterations=50)
    solved = dispatch.replan(day.snapshot.problem, day.snapshot.plan, limits=limits, is_mending=True)
    with database.writing() as session:
        proposal = propose_plan(session, day=day, solved=solved, reason="illness", now=MORNING)

    seen = review(database, proposal)

    rescued = [change for change in seen.changes if change.is_rescued]
    assert {change.visit.id for change in rescued} == left
    assert all(change.changes_hands and change.tells_customer for change in rescued)
    assert seen.after.broken_promises < seen.before.broken_promises == len(left)


def test_a_stale_proposal_says_what_has_changed(database: Database, city: City) -> None:
    proposal = propose(database, city)
    with database.writing() as session:
        fresh = book_visit(session, city, customer=4, now=MORNING)

    seen = review(database, proposal)

    assert seen.drift is not None
    assert [visit.id for visit in seen.drift.new] == [fresh.id]
    assert not seen.can_be_accepted
