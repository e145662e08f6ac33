"""When a technician is ill or late, or a promise slips, the planner is asked at once, not tomorrow (D6)."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from models import Area
from operations.clients.services import Services
from operations.dispatching.publication import StalePlan
from operations.fieldwork.plan_answers import answer_events, give_up_on, list_upset_areas, read_upset_day
from operations.foundation.figures import figures_at
from operations.planning.plan_events import find_newly_slipping, record_slipping

TRIES = 3
log = structlog.get_logger()


def answer_plan_events(services: Services) -> int:
    """Answer the events of every area that has any; return how many areas were answered."""
    with services.database.reading() as session:
        areas = list_upset_areas(session)
    return sum(_answer_area(services, area_id) for area_id in areas)


def watch_plans(services: Services) -> int:
    """See whether promises have begun to slip while the day runs; return in how many areas."""
    now = services.now()
    with services.database.reading() as session:
        areas = session.scalars(select(Area.id).order_by(Area.id)).all()
        found = {area_id: find_newly_slipping(session, area_id=area_id, now=now) for area_id in areas}
    for area_id, visit_ids in found.items():
        if visit_ids:
            with services.database.writing() as session:
                record_slipping(session, area_id=area_id, visit_ids=visit_ids, now=now)
    return sum(map(bool, found.values()))


def _answer_area(services: Services, area_id: int) -> bool:
    """Read, ask the planner with no transaction open, and write; a plan that moved meanwhile is read again."""
    for _ in range(TRIES):
        now = services.now()
        with services.database.reading() as session:
            upset = read_upset_day(session, area_id=area_id, now=now)
        snapshot = upset.day.snapshot
        try:
            replanned = services.replan(snapshot.problem, snapshot.plan)
        except Exception:
            log.exception("planner failed after an event", area_id=area_id)
            with services.database.writing() as session:
                give_up_on(session, upset=upset, now=services.now())
            return False
        try:
            with services.database.writing() as session:
                now = services.now()
                outcome = answer_events(
                    session,
                    upset=upset,
                    replanned=replanned,
                    is_auto_publish_on=figures_at(session, now).is_auto_publish_on,
                    house=services.house,
                    now=now,
                )
        except StalePlan:
            log.info("plan moved while it was asked", area_id=area_id)
        else:
            log.info("plan events answered", area_id=area_id, events=len(upset.event_ids), outcome=outcome)
            return True
    return False
