"""Performance per technician: on time, first-time fix, satisfaction, each down to the requests (T2, F4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import Session, aliased

from models import ServiceRequest, SurveyAnswer, Technician, Visit
from operations.reports.records import list_requests
from operations.reports.shape import (
    Column,
    Name,
    Record,
    Report,
    ReportRow,
    Stretch,
    Unit,
    minutes_between,
    share,
    within,
)
from policies.visit_states import VisitState


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    on_time = func.sum(case((Visit.arrived_at <= Visit.window_until_at, 1), else_=0), type_=Integer)
    # Done at once: completed, nobody had been there for it before, and it did not come back.
    other, again = aliased(Visit), aliased(ServiceRequest)
    earlier = select(other.id).where(other.request_id == Visit.request_id, other.arrived_at < Visit.arrived_at).exists()
    came_back = Visit.request_id.in_(select(again.repeat_of_id).where(again.repeat_of_id.is_not(None)))
    at_once = func.sum(case(((Visit.state == VisitState.COMPLETED) & ~earlier & ~came_back, 1), else_=0), type_=Integer)
    minutes = func.sum(minutes_between(session, Visit.arrived_at, Visit.completed_at))
    scores = {
        technician_id: (count, total)
        for technician_id, count, total in session.execute(
            select(SurveyAnswer.technician_id, func.count(), func.sum(SurveyAnswer.score, type_=Integer))
            .where(within(SurveyAnswer.answered_at, stretch))
            .group_by(SurveyAnswer.technician_id)
        )
    }
    rows = session.execute(
        select(
            Technician.id,
            Technician.number,
            Technician.name,
            Technician.name_en,
            func.count(),
            on_time,
            at_once,
            minutes,
        )
        .join(Visit, Visit.technician_id == Technician.id)
        .where(within(Visit.arrived_at, stretch))
        .group_by(Technician.id, Technician.number, Technician.name, Technician.name_en)
        .order_by(Technician.number)
    )
    return [
        ReportRow(
            str(id_),
            (
                Name(number),
                Name(name, name_en),
                visits,
                share(kept or 0, visits),
                share(fixed or 0, visits),
                round(float(stayed or 0)),
                *_satisfaction(*scores.get(id_, (0, 0))),
            ),
        )
        for id_, number, name, name_en, visits, kept, fixed, stayed in rows
    ]


def _satisfaction(answers: int, total: int) -> tuple[int, float | None]:
    return answers, round(total / answers, 2) if answers else None


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
    mine = select(Visit.request_id).where(Visit.technician_id == int(key), within(Visit.arrived_at, stretch))
    return list_requests(session, ServiceRequest.id.in_(mine))


TECHNICIAN_PERFORMANCE = Report(
    "technician_performance",
    (
        Column("technician_number", Unit.TEXT),
        Column("technician", Unit.TEXT),
        Column("visits", Unit.COUNT),
        Column("on_time", Unit.PERCENT),
        Column("at_once", Unit.PERCENT),
        Column("on_site", Unit.MINUTES),
        Column("answers", Unit.COUNT),
        Column("mean_score", Unit.COUNT),
    ),
    "visits",
    _read,
    _list_records,
)
