"""At 06:30 the day goes out by itself if nobody has reviewed it and no promise is touched (policy `auto_publish`)."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy import select

import dispatch
from models import Area
from operations.clients.services import Services
from operations.dispatching.publication import (
    DayToSolve,
    StalePlan,
    judge_proposal,
    propose_plan,
    publish_proposal,
    read_day,
    tell_day,
)
from operations.foundation.figures import figures_at
from operations.foundation.job_runs import claim_run, finish_run
from policies.publication import last_publication_at

TRIES = 3
MOST_AREAS_AT_ONCE = 32
CATCH_UP = dt.timedelta(hours=4)
"""A clock that was down at 06:30 still publishes until then; later the dispatcher has taken over."""
log = structlog.get_logger()


def publish_days(services: Services) -> int:
    """Publish each area whose publication time has come today, all at once; return how many visits were told."""
    now = services.now()
    with services.database.reading() as session:
        figures = figures_at(session, now)
        areas = session.execute(select(Area.id, Area.code, Area.time_zone)).all()
    ours = []
    for area_id, code, time_zone in areas:
        due_at = last_publication_at(now, time_zone=time_zone, at_local=figures.publish_at_local)
        with services.database.writing() as session:
            if now - due_at < CATCH_UP and claim_run(session, job=f"publish:{code}", due_at=due_at, now=now):
                ours.append((area_id, code))
    # A thread per area only waits for its solve, which runs on a worker: so all workers are busy at once.
    with ThreadPoolExecutor(max_workers=min(MOST_AREAS_AT_ONCE, max(1, len(ours)))) as threads:
        return sum(threads.map(lambda area: _publish_claimed(services, *area), ours))


def _publish_claimed(services: Services, area_id: int, code: str) -> int:
    try:
        told = publish_area(services, area_id=area_id)
    except Exception:
        # Not finished: ten minutes later it is claimed again. The other areas go out meanwhile.
        log.exception("area not published", area=code)
        return 0
    with services.database.writing() as session:
        finish_run(session, job=f"publish:{code}", now=services.now())
    return told


def publish_area(services: Services, *, area_id: int) -> int:
    """Solve, propose, and publish if the policy lets us; a plan that moves meanwhile is solved again, three times.

    When bookings come in faster than solves, or the solver fails, the live plan goes out as it is: it is checked, only
    not improved (DESIGN rule 11).
    """
    for _ in range(TRIES):
        with services.database.reading() as session:
            day = read_day(session, area_id=area_id, now=services.now())
        try:
            solved = services.solve(day.snapshot.problem, day.snapshot.plan)
        except Exception:
            log.exception("solver failed", area_id=area_id)
            break
        try:
            return _propose_and_publish(services, day, solved)
        except StalePlan:
            log.info("plan moved while it was solved", area_id=area_id)
    return _publish_as_it_is(services, area_id)


def _publish_as_it_is(services: Services, area_id: int) -> int:
    now = services.now()
    with services.database.writing() as session:
        if not figures_at(session, now).is_auto_publish_on:
            return 0
        return tell_day(session, area_id=area_id, house=services.house, now=now)


def _propose_and_publish(services: Services, day: DayToSolve, solved: dispatch.Plan) -> int:
    now = services.now()
    with services.database.writing() as session:
        proposal = propose_plan(session, day=day, solved=solved, reason="morning", now=now)
        figures = figures_at(session, now)
        decision = judge_proposal(
            session, proposal=proposal, is_auto_publish_on=figures.is_auto_publish_on, is_morning=True
        )
        log.info("publication decided", area_id=day.area_id, automatic=decision.is_automatic, why=decision.reason)
        if not decision.is_automatic:
            return 0
        return publish_proposal(session, proposal=proposal, house=services.house, by="auto_publish", now=now)
