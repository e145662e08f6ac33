"""Every figure of a report is what counting the rows one by one gives, and its records are what it counted (R)."""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Asset,
    Call,
    Commitment,
    Complaint,
    Expense,
    FaultCategory,
    ParcelClaim,
    Part,
    PolicyVersion,
    Receivable,
    ServiceRequest,
    Settlement,
    SettlementLine,
    Shift,
    Shipment,
    StockMove,
    SurveyAnswer,
    Technician,
    Visit,
    WorkReport,
    WorkReportItem,
)
from models.database import Database
from operations.money.prices import Work
from operations.money.settlements import agree_quote, quote_request, reverse_settlement, settle_request
from operations.reports.catalogue import REPORTS
from operations.reports.files import FileCell, write_csv, write_xlsx
from operations.reports.key_figures import (
    KeyFigure,
    NoSuchFigure,
    Side,
    list_figure_records,
    read_key_figure,
    read_key_figures,
)
from operations.reports.shape import Name, Report, ReportRow, Stretch, Term
from policies.call_states import CallDirection, CallOutcome
from policies.commitments import CommitmentState
from policies.months import end_of_term
from policies.parcel_claims import ClaimState
from policies.parts import MoveKind
from policies.receivables import ExpenseState, ReceivableKind
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason
from policies.roles import Role
from policies.shipments import ShipmentDirection
from policies.visit_states import IncompleteReason, VisitState
from policies.work_reports import ChecklistAnswer
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.instants import NIGHT
from tests.factories.prices import make_price_list
from tests.operations.reports.history import END, START, make_history
from tests.prepared import prepare

Row = TypeVar("Row")
NOVEMBER = Stretch(START, END)
AWARD_VISITS = 10
DAY = dt.timedelta(days=1)


@pytest.fixture(params=[1, 2, 3])
def history(request: pytest.FixtureRequest, database: Database) -> Database:
    """A month of random history."""
    prepare(database, make_history, seed=request.param)
    with database.writing() as session:
        session.add(PolicyVersion(in_force_from_at=START, figures={"award_visits": AWARD_VISITS}, approved_by="M"))
    return database


def is_inside(at: dt.datetime | None) -> bool:
    return at is not None and START <= at < END


def every(session: Session, table: type[Row]) -> list[Row]:
    return list(session.scalars(select(table)))


def lines(session: Session, report: Report) -> dict[str, tuple[object, ...]]:
    """The report's figures by key, names left out."""
    rows = report.read(session, NOVEMBER)
    assert len({row.key for row in rows}) == len(rows)
    assert all(len(row.values) == len(report.columns) for row in rows)
    return {row.key: tuple(v for v in row.values if not isinstance(v, Name | Term)) for row in rows}


def percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def repairs(session: Session) -> list[ServiceRequest]:
    return [r for r in every(session, ServiceRequest) if r.kind is RequestKind.REPAIR]


def count_faults(session: Session) -> dict[str, tuple[object, ...]]:
    mine = [r for r in repairs(session) if is_inside(r.opened_at)]
    by_fault = Counter(r.fault_category_id for r in mine)
    again = Counter(r.fault_category_id for r in mine if r.repeat_of_id)
    return {str(id_): (n, percent(n, len(mine)), again[id_]) for id_, n in by_fault.items()}


def count_items(session: Session) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    closed = [r for r in every(session, ServiceRequest) if is_inside(r.closed_at)]
    for key in {(r.kind, r.close_reason) for r in closed}:
        mine = {r.id for r in closed if (r.kind, r.close_reason) == key}
        there = [v for v in every(session, Visit) if v.request_id in mine and v.arrived_at and v.completed_at]
        seconds = sum((v.completed_at - v.arrived_at).total_seconds() for v in there if v.completed_at and v.arrived_at)
        found[f"{key[0]}:{key[1]}"] = (len(mine), len(there), round(seconds / 60))
    return found


def count_complaints(session: Session) -> dict[str, tuple[object, ...]]:
    mine = [c for c in every(session, Complaint) if is_inside(c.opened_at)]
    met = {c.subject for c in every(session, Commitment) if c.state is CommitmentState.MET}
    return {
        str(category): (
            n,
            percent(n, len(mine)),
            sum(c.answered_at is not None for c in mine if c.category is category),
            sum(f"complaint:{c.id}" in met for c in mine if c.category is category),
        )
        for category, n in Counter(c.category for c in mine).items()
    }


def count_parts(session: Session) -> dict[str, tuple[object, ...]]:
    moves = every(session, StockMove)
    undone = {m.reverses_id for m in moves}
    kinds = {MoveKind.USE, MoveKind.SALE}
    mine = [m for m in moves if m.kind in kinds and is_inside(m.moved_at) and m.id not in undone]
    found: dict[str, tuple[object, ...]] = {}
    for part in every(session, Part):
        own = [m for m in mine if m.part_id == part.id]
        used, sold = (sum(m.quantity for m in own if m.kind is kind) for kind in (MoveKind.USE, MoveKind.SALE))
        if own:
            found[str(part.id)] = (used, sold, len({m.visit_id for m in own}), (used + sold) * part.price_cents)
    return found


def count_products(session: Session) -> dict[str, tuple[object, ...]]:
    assets = {a.id: a.product_id for a in every(session, Asset)}
    machines = Counter(assets.values())
    mine = [r for r in repairs(session) if is_inside(r.opened_at) and r.asset_id]
    by_product = Counter(assets[r.asset_id or 0] for r in mine)
    per_machine = Counter(r.asset_id for r in mine)
    return {
        str(product): (
            machines[product],
            n,
            percent(n, machines[product]),
            sum(assets[a or 0] == product for a in per_machine),
            sum(assets[a or 0] == product and times > 1 for a, times in per_machine.items()),
        )
        for product, n in by_product.items()
    }


def count_technicians(session: Session) -> dict[str, tuple[object, ...]]:
    visits, answers = every(session, Visit), [a for a in every(session, SurveyAnswer) if is_inside(a.answered_at)]
    came_back = {r.repeat_of_id for r in every(session, ServiceRequest)}
    undone = {item.report_id for item in every(session, WorkReportItem) if item.answer is ChecklistAnswer.NOT_DONE}
    sloppy = {report.visit_id for report in every(session, WorkReport) if report.id in undone}
    found: dict[str, tuple[Any, ...]] = {}
    for technician in every(session, Technician):
        mine = [v for v in visits if v.technician_id == technician.id and is_inside(v.arrived_at)]
        there = [(v, v.arrived_at, v.completed_at, v.window_until_at) for v in mine]
        kept = sum(arrived <= until for _, arrived, _, until in there if arrived and until)
        first = [
            v
            for v, arrived, _, _ in there
            if not any(
                o.request_id == v.request_id and o.arrived_at and arrived and o.arrived_at < arrived for o in visits
            )
        ]
        at_once = sum(v.state is VisitState.COMPLETED and v.request_id not in came_back for v in first)
        stays = sum((done - arrived for _, arrived, done, _ in there if arrived and done), dt.timedelta())
        scores = [a.score for a in answers if a.technician_id == technician.id]
        if mine:
            found[str(technician.id)] = (
                len(mine),
                percent(kept, len(mine)),
                percent(at_once, len(mine)),
                percent(sum(v.id not in sloppy for v in mine), len(mine)),
                round(stays.total_seconds() / 60),
                len(scores),
                round(sum(scores) / len(scores), 2) if scores else None,
            )
    points = {key: points_from_scratch(*figures) for key, figures in found.items()}
    return {key: (*figures, points[key], place_from_scratch(points, key)) for key, figures in found.items()}


def points_from_scratch(visits: int, *figures: float | None) -> float | None:
    on_time, at_once, checklist, _, _, score = figures
    if visits < AWARD_VISITS or score is None or on_time is None or at_once is None or checklist is None:
        return None
    return round((on_time + at_once + checklist + 20 * score) / 4, 1)


def place_from_scratch(points: dict[str, float | None], key: str) -> int | None:
    mine = points[key]
    return None if mine is None else 1 + sum(one is not None and one > mine for one in points.values())


def count_scores(session: Session, ids: Mapping[int, int | None]) -> dict[str, tuple[object, ...]]:
    """Answers by what `ids` gives for their requests."""
    scores: dict[int, list[int]] = {}
    for answer in every(session, SurveyAnswer):
        if is_inside(answer.answered_at) and (id_ := ids[answer.request_id]) is not None:
            scores.setdefault(id_, []).append(answer.score)
    return {
        str(id_): (
            len(found),
            sum(score >= 4 for score in found),
            percent(sum(score >= 4 for score in found), len(found)),
            sum(score <= 2 for score in found),
            round(sum(found) / len(found), 2),
        )
        for id_, found in scores.items()
    }


def count_scores_of_products(session: Session) -> dict[str, tuple[object, ...]]:
    products = {a.id: a.product_id for a in every(session, Asset)}
    return count_scores(session, {r.id: products.get(r.asset_id or 0) for r in every(session, ServiceRequest)})


def count_scores_of_areas(session: Session) -> dict[str, tuple[object, ...]]:
    return count_scores(session, {r.id: r.area_id for r in every(session, ServiceRequest)})


FROM_SCRATCH: dict[str, Callable[[Session], dict[str, tuple[object, ...]]]] = {
    "fault_causes": count_faults,
    "service_items": count_items,
    "complaint_causes": count_complaints,
    "parts_details": count_parts,
    "repairs_per_product": count_products,
    "technician_performance": count_technicians,
    "satisfaction_per_product": count_scores_of_products,
    "satisfaction_per_area": count_scores_of_areas,
}
COUNTED_IN = {"fault_causes": 0, "service_items": 0, "complaint_causes": 0, "repairs_per_product": 1} | dict.fromkeys(
    ("satisfaction_per_product", "satisfaction_per_area"), 0
)
"""Which figure of a line is the number of its records."""
OF_ONE_PLACE = {"repairs_per_product", "satisfaction_per_product", "satisfaction_per_area"}
"""Reports of which the history, with its one model and one area, may show a single line."""


@pytest.mark.parametrize("name", sorted(FROM_SCRATCH))
def test_a_report_is_what_counting_row_by_row_gives(history: Database, name: str) -> None:
    with history.reading() as session:
        found, wanted = lines(session, REPORTS[name]), FROM_SCRATCH[name](session)

    assert len(wanted) > 1 or name in OF_ONE_PLACE
    assert found == wanted


@pytest.mark.parametrize("name", sorted(COUNTED_IN))
def test_behind_a_figure_are_as_many_records_as_it_says(history: Database, name: str) -> None:
    report = REPORTS[name]
    with history.reading() as session:
        for key, figures in lines(session, report).items():
            records = report.list_records(session, NOVEMBER, key)
            assert len(records) == figures[COUNTED_IN[name]]
            assert all(record.at is None or START - dt.timedelta(days=60) < record.at for record in records)


def test_warranties_that_end_in_the_month_are_listed_by_the_calendar_of_their_place(database: Database) -> None:
    bought = [dt.date(2025, 10, 31), dt.date(2025, 11, 1), dt.date(2025, 11, 30), dt.date(2025, 12, 1)]
    with database.writing() as session:
        city = make_history(session, seed=1, requests=0)
        assets = [session.get_one(Asset, asset.id) for asset in city.assets]
        for asset, on in zip(assets, bought, strict=False):
            asset.purchased_on = asset.invoiced_on = on
        for asset in assets[4:]:
            asset.purchased_on = asset.invoiced_on = None
        session.flush()

        rows = REPORTS["warranties_expiring"].read(session, NOVEMBER)

        assert [row.values[-1] for row in rows] == [end_of_term(on, 12) - dt.timedelta(days=1) for on in bought[1:3]]
        assert first_rows(session, "warranties_expiring", 1) == (rows[:1], 2)
        assert add_up(session, "warranties_expiring") == 2


def first_rows(session: Session, name: str, most: int) -> tuple[list[ReportRow], int]:
    read_first = REPORTS[name].read_first
    assert read_first is not None
    return read_first(session, NOVEMBER, most)


def add_up(session: Session, name: str) -> int:
    read = REPORTS[name].add_up
    assert read is not None
    return read(session, NOVEMBER)


def test_settlement_details_are_what_adding_up_the_lines_gives_reversals_too(database: Database, city: City) -> None:
    work = [Work("TRAVEL", 100), Work("LABOUR", 150), Work("BOARD", 100)]
    with database.writing() as session:
        make_price_list(session)
        for number in range(3):
            request = open_visit(session, city, customer=number).request
            quote = quote_request(session, request=request, work=work[number:], by="clerk", now=NIGHT)
            agree_quote(session, settlement=quote, customer="王", by="clerk", now=NIGHT)
            receipt = settle_request(session, request=request, work=work[number:], house=HOUSE, by="clerk", now=NIGHT)
        reverse_settlement(session, settlement=receipt, reason="x", by="m", role=Role.MANAGER, now=NIGHT + DAY)

        rows = REPORTS["settlement_details"].read(session, NOVEMBER)

        lines = every(session, SettlementLine)
        counted = [
            tuple(
                sum(getattr(line, name) for line in lines if line.settlement_id == one.id)
                for name in ("gross_cents", "covered_cents", "charged_cents")
            )
            for one in every(session, Settlement)
            if is_inside(one.settled_at)
        ]
        assert [row.values[3:] for row in rows] == counted
        assert counted[-1] == tuple(-cents for cents in counted[-2])
        assert first_rows(session, "settlement_details", 2) == (rows[:2], 4)
        assert add_up(session, "settlement_details") == sum(charged for _, _, charged in counted)


def test_without_settlements_their_report_is_empty(history: Database) -> None:
    with history.reading() as session:
        assert REPORTS["settlement_details"].read(session, NOVEMBER) == []


def by_name(figures: Iterable[KeyFigure]) -> dict[str, KeyFigure]:
    return {one.name: one for one in figures}


def drives_from_scratch(arrived: list[Visit]) -> list[dt.timedelta]:
    """The times on the way: from the last "on the way" to the arrival, 0 to 8 hours."""
    drives = [v.arrived_at - v.set_out_at for v in arrived if v.arrived_at and v.set_out_at]
    return [drive for drive in drives if dt.timedelta() <= drive <= dt.timedelta(hours=8)]


def count_parcels(session: Session) -> tuple[int, int]:
    """Those to customers that came by the day they were expected on in Shanghai, and all that came so expected."""
    came = [
        (one.delivered_at.astimezone(ZoneInfo("Asia/Shanghai")).date(), one.expected_on)
        for one in every(session, Shipment)
        if one.direction is ShipmentDirection.TO_CUSTOMER
        if one.expected_on and one.delivered_at and is_inside(one.delivered_at)
    ]
    assert {on > expected for on, expected in came} == {True, False}
    return sum(on <= expected for on, expected in came), len(came)


def costs_from_scratch(session: Session) -> tuple[list[int], list[int]]:
    """The lines of parts fitted, and all lines of what the service cost, in cents."""
    moves = every(session, StockMove)
    undone = {m.reverses_id for m in moves}
    prices = {part.id: part.price_cents for part in every(session, Part)}
    fitted = [
        m.quantity * prices[m.part_id]
        for m in moves
        if m.kind is MoveKind.USE and is_inside(m.moved_at) and m.id not in undone
    ]
    approved = {ExpenseState.APPROVED, ExpenseState.PAID}
    expenses = [e.amount_cents for e in every(session, Expense) if e.state in approved and is_inside(e.decided_at)]
    kinds = {ReceivableKind.COMPENSATION, ReceivableKind.PENALTY, ReceivableKind.REFUND}
    credited = [-r.amount_cents for r in every(session, Receivable) if r.kind in kinds and is_inside(r.made_at)]
    return fitted, [*fitted, *expenses, *credited]


BUDGET_CENTS = 3_000_000


def test_each_key_figure_is_what_counting_row_by_row_gives_and_opens_into_what_it_counts(history: Database) -> None:
    with history.writing() as session:
        session.add(
            PolicyVersion(
                in_force_from_at=START + 5 * DAY,
                figures={"service_budget_cents": BUDGET_CENTS, "award_visits": AWARD_VISITS},
                approved_by="M",
            )
        )
    with history.reading() as session:
        figures = by_name(read_key_figures(session, NOVEMBER, month_ends=[END]))
        visits, requests = every(session, Visit), every(session, ServiceRequest)
        solved = [r for r in repairs(session) if r.close_reason is CloseReason.SOLVED and is_inside(r.closed_at)]
        tried = {VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS}
        trips = Counter(v.request_id for v in visits if v.state in tried)
        came_back = {r.repeat_of_id for r in requests}
        lasted = [(r.closed_at - r.opened_at) for r in solved if r.closed_at]
        arrived = [v for v in visits if v.arrived_at and is_inside(v.arrived_at)]
        ended = [v for v in arrived if v.state in {VisitState.COMPLETED, VisitState.INCOMPLETE}]
        clocks = [c for c in every(session, Commitment) if is_inside(c.decided_at)]
        calls = [c for c in every(session, Call) if is_inside(c.started_at) and c.direction is CallDirection.INBOUND]
        stays = [v.completed_at - v.arrived_at for v in arrived if v.completed_at and v.arrived_at]
        on_site = round(sum(stays, dt.timedelta()).total_seconds() / 60)
        drives = drives_from_scratch(arrived)
        driven = round(sum(drives, dt.timedelta()).total_seconds() / 60)
        shifts = [s for s in every(session, Shift) if is_inside(s.starts_at)]
        paid = round(sum((s.ends_at - s.starts_at).total_seconds() / 60 - s.break_minutes for s in shifts))
        opened = [r for r in requests if is_inside(r.opened_at)]
        complaints = [c for c in every(session, Complaint) if is_inside(c.opened_at)]
        answers = [a for a in every(session, SurveyAnswer) if is_inside(a.answered_at)]
        again = [r for r in opened if r.repeat_of_id]
        fitted, costs = costs_from_scratch(session)
        claims = [
            c for c in every(session, ParcelClaim) if is_inside(c.answered_at) and c.state is not ClaimState.WITHDRAWN
        ]

        shares: dict[str, tuple[int, int]] = {
            f"kept_{kind}": (
                sum(c.kind == kind and c.state is CommitmentState.MET for c in clocks),
                sum(c.kind == kind for c in clocks),
            )
            for kind in {"answer", "on_site", *(c.kind for c in clocks)}
        }
        shares |= {
            "last_window_kept": (
                sum(v.arrived_at <= v.window_until_at for v in arrived),  # type: ignore[operator]
                len(arrived),
            ),
            "first_window_kept": (
                sum(v.arrived_at <= v.first_window_until_at for v in arrived),  # type: ignore[operator]
                len(arrived),
            ),
            "first_time_fix": (sum(trips[r.id] == 1 and r.id not in came_back for r in solved), len(solved)),
            "repaired_in_a_day": (sum(x <= dt.timedelta(days=1) for x in lasted), len(solved)),
            "repaired_in_a_week": (sum(x <= dt.timedelta(days=7) for x in lasted), len(solved)),
            "repair_pass_rate": (sum(r.id not in came_back for r in solved), len(solved)),
            "calls_abandoned": (sum(c.outcome is CallOutcome.ABANDONED for c in calls), len(calls)),
            "calls_self_solved": (sum(c.outcome is CallOutcome.SOLVED_BY_PHONE for c in calls), len(calls)),
            "parts_at_hand": (sum(v.incomplete_reason is not IncompleteReason.PART for v in ended), len(ended)),
            "parcels_on_time": count_parcels(session),
            "satisfaction": (sum(a.score >= 4 for a in answers), len(answers)),
        }
        wanted: dict[str, float | None] = {name: percent(*counts) for name, counts in shares.items()}
        wanted |= {
            "mean_repair_days": round(sum(lasted, dt.timedelta()) / len(lasted) / DAY, 1),
            "repeat_calls": len(again),
            "calls": len(calls),
            "utilisation": percent(on_site, paid),
            "travel_share": percent(driven, driven + on_site),
            "parts_fitted": sum(fitted),
            "complaints_per_hundred": percent(len(complaints), len(opened)),
            "claims_granted": percent(sum(c.granted_cents or 0 for c in claims), sum(c.claimed_cents for c in claims)),
            "budget_spent": percent(sum(costs), BUDGET_CENTS),
        }
        behind = {(name, Side.COUNTED): part for name, (part, _) in shares.items()}
        behind |= {(name, Side.OTHERS): whole - part for name, (part, whole) in shares.items()}
        behind |= {
            ("mean_repair_days", Side.COUNTED): len(solved),
            ("repeat_calls", Side.COUNTED): len(again),
            ("calls", Side.COUNTED): len(calls),
            ("utilisation", Side.COUNTED): len(stays),
            ("utilisation", Side.AGAINST): len(shifts),
            ("travel_share", Side.COUNTED): len(drives),
            ("travel_share", Side.OTHERS): len(stays),
            ("parts_fitted", Side.COUNTED): len(fitted),
            ("complaints_per_hundred", Side.COUNTED): len(complaints),
            ("complaints_per_hundred", Side.AGAINST): len(opened),
            ("claims_granted", Side.COUNTED): len(claims),
            ("claims_granted", Side.AGAINST): len(claims),
            ("budget_spent", Side.COUNTED): len(costs),
        }
        alone = {
            name: read_key_figure(session, NOVEMBER, name=name, month_ends=[END]) for name in (*figures, "kept_email")
        }
        lists = {
            (one.name, side): list_figure_records(session, NOVEMBER, name=one.name, side=side)
            for one in figures.values()
            for side in one.sides
        }

        assert {name: one.value for name, one in figures.items()} == pytest.approx(wanted, abs=0.051)
        assert alone.pop("kept_email").value is None
        assert alone == figures
        assert {key: len(found) for key, found in lists.items()} == behind
        assert len(drives) > 5
        assert len(costs) > len(fitted)
        assert sum(one.value or 0 for one in lists["budget_spent", Side.COUNTED]) == sum(costs)
        assert sum(one.value or 0 for one in lists["travel_share", Side.COUNTED]) == pytest.approx(driven, abs=1)
        assert figures["mean_repair_days"].is_met is (wanted["mean_repair_days"] <= 3)  # type: ignore[operator]
        assert figures["budget_spent"].is_met is (sum(costs) <= BUDGET_CENTS)
        assert len(every(session, FaultCategory)) == 4


def test_without_a_budget_nothing_is_said_of_it_and_what_is_no_figure_has_no_records(database: Database) -> None:
    with database.reading() as session:
        budget = by_name(read_key_figures(session, NOVEMBER, month_ends=[END]))["budget_spent"]
        assert (budget.value, budget.is_met) == (None, None)
        for name, side in (("secrets", Side.COUNTED), ("calls", Side.AGAINST)):
            with pytest.raises(NoSuchFigure):
                list_figure_records(session, NOVEMBER, name=name, side=side)
        with pytest.raises(NoSuchFigure):
            read_key_figure(session, NOVEMBER, name="secrets", month_ends=[])


def test_a_month_without_anything_has_nothing_to_measure_and_breaks_no_target(database: Database) -> None:
    with database.reading() as session:
        figures = read_key_figures(session, NOVEMBER, month_ends=[END])
        rows = {name: report.read(session, NOVEMBER) for name, report in REPORTS.items()}

    assert {one.name: one.is_met for one in figures if one.is_met is not None} == {"repeat_calls": True}
    assert not any(one.part for one in figures)
    assert not any(rows.values())


def test_files_hold_the_same_cells_and_no_formulas() -> None:
    headings = ["客户", "金额", "日期"]
    rows: list[list[FileCell]] = [["=1+1", 12.5, dt.date(2026, 11, 1)], ["王小明", None, None]]

    text = write_csv(headings, rows).decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(write_xlsx("结算", headings, rows))).active

    assert list(csv.reader(io.StringIO(text)))[1:] == [["'=1+1", "12.5", "2026-11-01"], ["王小明", "", ""]]
    assert sheet is not None
    read = list(sheet.iter_rows(values_only=True))
    assert read[0] == ("客户", "金额", "日期")
    assert read[1][:2] == ("'=1+1", 12.5)
    assert read[2] == ("王小明", None, None)
