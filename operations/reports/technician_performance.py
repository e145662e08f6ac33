"""Performance per technician: on time, first-time fix, checklist, satisfaction, and the award (T2, F4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, case, func, select, text
from sqlalchemy.orm import Session, aliased

from models import ServiceRequest, SurveyAnswer, Technician, Visit, WorkReport, WorkReportItem
from models.work_report import IS_NOT_DONE
from operations.foundation.figures import figures_at
from operations.reports.records import list_requests
from operations.reports.shape import (
    Column,
    Name,
    Record,
    Report,
    ReportRow,
    Stretch,
    Unit,
    Value,
    minutes_between,
    share,
    within,
)
from policies.awards import award_points, rank
from policies.visit_states import VisitState


@dataclass(frozen=True, slots=True)
class _Performance:
    """What one technician's visits of a stretch come to; shares in percent."""

    technician_id: int
    number: Name
    name: Name
    visits: int
    on_time: float | None
    at_once: float | None
    checklist: float | None
    on_site_minutes: int
    answers: int
    mean_score: float | None

    @property
    def columns(self) -> tuple[Value, ...]:
        """The columns of the report, but for points and place."""
        return (
            self.number,
            self.name,
            self.visits,
            self.on_time,
            self.at_once,
            self.checklist,
            self.on_site_minutes,
            self.answers,
            self.mean_score,
        )


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    on_time = func.sum(case((Visit.arrived_at <= Visit.window_until_at, 1), else_=0), type_=Integer)
    # Done at once: completed, nobody had been there for it before, and it did not come back.
    again = aliased(ServiceRequest)
    came_back = Visit.request_id.in_(select(again.repeat_of_id).where(again.repeat_of_id.is_not(None)))
    is_first = (Visit.state == VisitState.COMPLETED) & (Visit.visits_before == 0)
    at_once = func.sum(case((is_first & ~came_back, 1), else_=0), type_=Integer)
    minutes = func.sum(minutes_between(session, Visit.arrived_at, Visit.completed_at))
    scores = {
        technician_id: (count, total)
        for technician_id, count, total in session.execute(
            select(SurveyAnswer.technician_id, func.count(), func.sum(SurveyAnswer.score, type_=Integer))
            .where(within(SurveyAnswer.answered_at, stretch))
            .group_by(SurveyAnswer.technician_id)
        )
    }
    sloppy = _count_sloppy(session, stretch)
    figures = (func.count().label("visits"), on_time.label("kept"), at_once.label("fixed"), minutes.label("stayed"))
    made = (
        select(Visit.technician_id, *figures)
        .where(within(Visit.arrived_at, stretch))
        .group_by(Visit.technician_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Technician.id,
            Technician.number,
            Technician.name,
            Technician.name_en,
            made.c.visits,
            made.c.kept,
            made.c.fixed,
            made.c.stayed,
        )
        .join(made, made.c.technician_id == Technician.id)
        .order_by(Technician.number)
    )
    found = [
        _Performance(
            id_,
            Name(number),
            Name(name, name_en),
            visits,
            share(kept or 0, visits),
            share(fixed or 0, visits),
            share(visits - sloppy.get(id_, 0), visits),
            round(float(stayed or 0)),
            *_satisfaction(*scores.get(id_, (0, 0))),
        )
        for id_, number, name, name_en, visits, kept, fixed, stayed in rows
    ]
    return _rank(found, least_visits=figures_at(session, stretch.until_at).award_visits)


def _count_sloppy(session: Session, stretch: Stretch) -> dict[int | None, int]:
    """By technician, the visits of which an item of the checklist was left undone; they are few."""
    rows = session.execute(
        select(Visit.technician_id, func.count(func.distinct(Visit.id)))
        .join(WorkReport, WorkReport.visit_id == Visit.id)
        .join(WorkReportItem, WorkReportItem.report_id == WorkReport.id)
        .where(text(IS_NOT_DONE), within(Visit.arrived_at, stretch))
        .group_by(Visit.technician_id)
    )
    return dict(rows.all())


def _rank(found: list[_Performance], *, least_visits: int) -> list[ReportRow]:
    """Return the rows with points and places, the best first, those without a place last."""
    points = {
        one.technician_id: award_points(
            on_time=one.on_time, at_once=one.at_once, checklist=one.checklist, mean_score=one.mean_score
        )
        for one in found
        if one.visits >= least_visits
    }
    places = rank(points)
    return [
        ReportRow(str(one.technician_id), (*one.columns, points.get(one.technician_id), places.get(one.technician_id)))
        for one in sorted(found, key=lambda one: places.get(one.technician_id, len(found) + 1))
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
        Column("checklist", Unit.PERCENT),
        Column("on_site", Unit.MINUTES),
        Column("answers", Unit.COUNT),
        Column("mean_score", Unit.COUNT),
        Column("points", Unit.COUNT),
        Column("place", Unit.COUNT),
    ),
    "points",
    _read,
    _list_records,
)
