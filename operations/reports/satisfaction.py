"""Satisfaction by product and by area: how many customers who answered are satisfied, down to the answers (F4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Integer, Select, func, select
from sqlalchemy.orm import Session

from models import Area, Asset, Product, ServiceRequest, SurveyAnswer
from operations.reports.figure_groups import SATISFIED_FROM
from operations.reports.records import Condition, list_answers
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit, share, within
from policies.surveys import LOW_SCORE

COUNTED = (
    func.count(),
    func.count().filter(SurveyAnswer.score >= SATISFIED_FROM),
    func.count().filter(SurveyAnswer.score <= LOW_SCORE),
    func.sum(SurveyAnswer.score, type_=Integer),
)
FIGURES = (
    Column("answers", Unit.COUNT),
    Column("satisfied", Unit.COUNT),
    Column("satisfied_share", Unit.PERCENT),
    Column("low_answers", Unit.COUNT),
    Column("mean_score", Unit.COUNT),
)
Grouped = Select[int, str, str, str, int, int, int, int]


def _build(name: str, columns: Sequence[Column], grouped: Grouped, is_of: Callable[[int], Condition]) -> Report:
    """Return the report whose lines are what `grouped` counts by; `is_of` picks the answers of one line by its id."""

    def read(session: Session, stretch: Stretch) -> list[ReportRow]:
        rows = session.execute(grouped.where(within(SurveyAnswer.answered_at, stretch)))
        return [
            ReportRow(
                str(id_),
                (
                    Name(code),
                    Name(title, title_en),
                    answers,
                    satisfied,
                    share(satisfied, answers),
                    low,
                    round(total / answers, 2),
                ),
            )
            for id_, code, title, title_en, answers, satisfied, low, total in rows
        ]

    def list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
        return list_answers(session, is_of(int(key)), within(SurveyAnswer.answered_at, stretch))

    return Report(name, (*columns, *FIGURES), "satisfied_share", read, list_records)


SATISFACTION_PER_PRODUCT = _build(
    "satisfaction_per_product",
    (Column("model", Unit.TEXT), Column("product", Unit.TEXT)),
    select(Product.id, Product.model_code, Product.name, Product.name_en, *COUNTED)
    .select_from(SurveyAnswer)
    .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
    .join(Asset, Asset.id == ServiceRequest.asset_id)
    .join(Product, Product.id == Asset.product_id)
    .group_by(Product.id, Product.model_code, Product.name, Product.name_en)
    .order_by(func.count().desc(), Product.id),
    lambda product_id: ServiceRequest.asset_id.in_(select(Asset.id).where(Asset.product_id == product_id)),
)
SATISFACTION_PER_AREA = _build(
    "satisfaction_per_area",
    (Column("area_code", Unit.TEXT), Column("area", Unit.TEXT)),
    select(Area.id, Area.code, Area.name, Area.name_en, *COUNTED)
    .select_from(SurveyAnswer)
    .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
    .join(Area, Area.id == ServiceRequest.area_id)
    .group_by(Area.id, Area.code, Area.name, Area.name_en)
    .order_by(func.count().desc(), Area.id),
    lambda area_id: ServiceRequest.area_id == area_id,
)
