"""Problems put before experts: answered in time or carried higher, each step with its clock (F5, V6)."""

import datetime as dt
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ClockTimer, Commitment, ExceptionReport, PolicyVersion
from models.database import Database
from operations.clocks.commitments import find_clocks_that_differ
from operations.foundation.events import list_events
from operations.matters.exception_reports import (
    NothingSaid,
    answer_exception,
    climb,
    climb_overdue,
    close_exception,
    list_exceptions,
    open_exception,
)
from policies.commitments import CommitmentKind, CommitmentState
from policies.exception_reports import ExceptionMoveRefused, ExceptionState, ExpertLevel, TopOfTheLadder
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.instants import NIGHT, hours
from tests.factories.threads import run_together


def test_an_answer_that_helps_closes_the_report_and_one_that_does_not_goes_higher(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        report = open_exception(
            session, request=request, problem="反复重启", owner="赵工", by="T1", house=HOUSE, now=NIGHT
        )
        assert report.number.startswith("ER-")
        assert report.deadline_at == NIGHT + hours(4)

        answer_exception(session, report=report, answer="升级固件", by="赵工", house=HOUSE, now=NIGHT + hours(1))
        close_exception(session, report=report, is_solved=False, by="T1", now=NIGHT + hours(2))
        assert (report.state, report.level) == (ExceptionState.OPEN, ExpertLevel.EXPERT)
        assert report.deadline_at == NIGHT + hours(6)

        answer_exception(session, report=report, answer="换主板", by="钱工", house=HOUSE, now=NIGHT + hours(3))
        close_exception(session, report=report, is_solved=True, by="T1", now=NIGHT + hours(4))

        assert list_exceptions(session) == []
        kinds = [event.kind for event in list_events(session, subject=f"request:{request.id}")]
        assert kinds[1:] == [
            "exception_opened",
            "exception_answered",
            "exception_climbed",
            "exception_answered",
            "exception_closed",
        ]


def test_what_nobody_answers_climbs_by_itself_up_to_the_manufacturer(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        report = open_exception(
            session, request=request, problem="反复重启", owner="赵工", by="T1", house=HOUSE, now=NIGHT
        )
        at, seen = NIGHT, []
        for _ in range(6):
            at += dt.timedelta(days=4)
            seen.append((climb_overdue(session, now=at), report.level))

        assert seen[:3] == [(1, ExpertLevel.EXPERT), (1, ExpertLevel.MANAGER), (1, ExpertLevel.MANUFACTURER)]
        assert seen[3:] == [(0, ExpertLevel.MANUFACTURER)] * 3
        with pytest.raises(TopOfTheLadder):
            climb(session, report=report, by="clerk", now=at)


def test_each_level_has_a_clock_of_its_own_and_an_overdue_one_is_broken_until_there_is_an_answer(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        report = open_exception(
            session, request=request, problem="反复重启", owner="赵工", by="T1", house=HOUSE, now=NIGHT
        )
        assert clocks(session) == {"technical": (CommitmentState.RUNNING, NIGHT + hours(4), None)}
        assert climb_overdue(session, now=NIGHT + hours(5)) == 1
        climb(session, report=report, by="clerk", now=NIGHT + hours(6))
        answer_exception(session, report=report, answer="换主板", by="钱工", house=HOUSE, now=NIGHT + hours(7))
        close_exception(session, report=report, is_solved=False, by="T1", now=NIGHT + hours(8))

        answered_at = NIGHT + hours(7)
        assert clocks(session) == {
            "technical": (CommitmentState.BROKEN, NIGHT + hours(4), answered_at),
            "expert": (CommitmentState.WITHDRAWN, NIGHT + hours(9), None),
            "manager": (CommitmentState.MET, NIGHT + hours(30), answered_at),
            "manufacturer": (CommitmentState.RUNNING, NIGHT + hours(80), None),
        }
        assert set(session.scalars(select(Commitment.request_id).where(Commitment.kind == "expert"))) == {request.id}
        steps = dict(session.execute(select(ClockTimer.step, ClockTimer.tells)).all())
        assert {"warn": "desk", "broken": "manager"}.items() <= steps.items()
        assert list(find_clocks_that_differ(session, now=NIGHT + hours(8))) == []


def test_how_long_experts_have_is_a_figure_that_counts_from_its_day_on(database: Database, city: City) -> None:
    with database.writing() as session:
        session.add(
            PolicyVersion(
                in_force_from_at=NIGHT + hours(1),
                figures={"technical_answer_hours": 2, "expert_answer_hours": 6},
                approved_by="manager",
            )
        )
        session.flush()
        for opened_at, deadline_at in ((NIGHT, NIGHT + hours(4)), (NIGHT + hours(1), NIGHT + hours(3))):
            report = open_exception(
                session,
                request=open_visit(session, city).request,
                problem="反复重启",
                owner="赵工",
                by="T1",
                house=HOUSE,
                now=opened_at,
            )
            assert report.deadline_at == deadline_at

        climb(session, report=report, by="clerk", now=NIGHT + hours(4))
        assert report.deadline_at == NIGHT + hours(10)
        at = dict(session.execute(select(Commitment.subject, Commitment.deadline_at)).all())
        assert at[f"exception:{report.id}:expert"] == NIGHT + hours(10)


def clocks(session: Session) -> dict[str, tuple[CommitmentState, dt.datetime, dt.datetime | None]]:
    """State, deadline and fulfilment of the clock of each level, by level."""
    rows = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.EXPERT).order_by(Commitment.id))
    return {row.subject.split(":")[-1]: (row.state, row.deadline_at, row.fulfilled_at) for row in rows}


def test_nothing_is_said_twice_or_without_words(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        with pytest.raises(NothingSaid):
            open_exception(session, request=request, problem="  ", owner="赵工", by="T1", house=HOUSE, now=NIGHT)
        report = open_exception(
            session, request=request, problem="反复重启", owner="赵工", by="T1", house=HOUSE, now=NIGHT
        )
        with pytest.raises(ExceptionMoveRefused):
            close_exception(session, report=report, is_solved=True, by="T1", now=NIGHT)
        with pytest.raises(NothingSaid):
            answer_exception(session, report=report, answer=" ", by="赵工", house=HOUSE, now=NIGHT)
        answer_exception(session, report=report, answer="升级固件", by="赵工", house=HOUSE, now=NIGHT)
        with pytest.raises(ExceptionMoveRefused):
            answer_exception(session, report=report, answer="再升级", by="钱工", house=HOUSE, now=NIGHT)


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_of_two_experts_who_answer_at_once_one_is_told_that_it_has_been_answered(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        report_id = open_exception(
            session, request=request, problem="反复重启", owner="赵工", by="T1", house=HOUSE, now=NIGHT
        ).id

    both_have_read = Barrier(2, timeout=10)

    def answer(by: str) -> bool:
        try:
            with database.writing() as session:
                report = session.get_one(ExceptionReport, report_id)
                both_have_read.wait()
                answer_exception(session, report=report, answer="升级固件", by=by, house=HOUSE, now=NIGHT + hours(1))
        except ExceptionMoveRefused:
            return False
        return True

    took = dict(zip(experts := ["赵工", "钱工"], run_together(*(partial(answer, by) for by in experts)), strict=True))

    assert sorted(took.values()) == [False, True]
    with database.reading() as session:
        assert took[session.get_one(ExceptionReport, report_id).answered_by or ""]
        kinds = [event.kind for event in list_events(session, subject=f"request:{request.id}")]
        assert kinds.count("exception_answered") == 1
