"""The city's open requests, and the past ones that make up some customers' history."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from cli.demo_city.content import Fault, list_faults
from cli.demo_city.draws import draw_weighted, open_draws
from cli.demo_city.shapes import CityAsset, CityCustomer, CityRequest, CityTechnician, PastVisit
from policies.priorities import Severity, decide_priority
from policies.request_states import CloseReason
from policies.segments import Segment

OPEN_COUNT = 60
OPEN_OLDEST_HOURS = 6.0
OPEN_USUAL_HOURS = 0.5
HISTORY_DAYS = 500
HISTORY_SHARE = 0.4
MOST_PAST_REQUESTS = 3
WINDOW_HOURS = 2
DAY_WINDOWS = range(8, 19, WINDOW_HOURS)
LATE_SHARE = 0.04
SEVERITY_WEIGHT = {Severity.MINOR: 3.0, Severity.NORMAL: 5.0, Severity.URGENT: 2.0, Severity.MAJOR: 0.4}
CLOSE_WEIGHT = [
    (CloseReason.SOLVED, 82.0),
    (CloseReason.SOLVED_BY_PHONE, 14.0),
    (CloseReason.WITHDRAWN, 4.0),
]


def build_open_requests(
    customers: Sequence[CityCustomer], *, seed: int, start_at: dt.datetime
) -> tuple[CityRequest, ...]:
    """Return sixty requests of sixty customers, opened in the last six hours before `start_at`.

    There is at least one of every severity. Their commitments (D1) fall due from eighteen hours after the start on:
    older ones would have been served by now, and the team can keep these at whatever hour the demo starts.
    """
    draws = open_draws(seed, "open requests")
    callers = draws.sample(list(customers), OPEN_COUNT)
    wanted: list[Severity | None] = [*Severity, *[None] * OPEN_COUNT]
    requests = []
    for caller, severity in zip(callers, _fit(callers, wanted), strict=True):
        hours = draws.triangular(0.2, OPEN_OLDEST_HOURS, OPEN_USUAL_HOURS)
        asset, fault = _draw_matter(draws, caller, severity)
        opened_at = _to_second(start_at - dt.timedelta(hours=hours))
        requests.append(_build_request(draws, caller, asset, fault, opened_at))
    return tuple(sorted(requests, key=lambda request: request.opened_at))


def build_past_requests(
    customers: Sequence[CityCustomer],
    technicians: Sequence[CityTechnician],
    *,
    seed: int,
    start_at: dt.datetime,
    time_zone: str,
) -> tuple[CityRequest, ...]:
    """Return closed requests of the last sixteen months for two customers in five, oldest first."""
    draws = open_draws(seed, "past requests")
    past = []
    for customer in customers:
        if draws.random() >= HISTORY_SHARE:
            continue
        for _ in range(draws.randint(1, MOST_PAST_REQUESTS)):
            asset, fault = _draw_matter(draws, customer, None)
            opened_at = _draw_past_instant(draws, asset, start_at, time_zone)
            if opened_at is not None:
                request = _build_request(draws, customer, asset, fault, opened_at)
                past.append(_close(draws, request, fault, _territory(customer, asset), technicians, time_zone))
    return tuple(sorted(past, key=lambda request: request.opened_at))


def _fit(callers: Sequence[CityCustomer], wanted: Sequence[Severity | None]) -> list[Severity | None]:
    """Give every wished severity to the first caller who owns something that can fail that badly."""
    given: list[Severity | None] = [None] * len(callers)
    for severity in wanted:
        if severity is None:
            break
        families = {fault.family for fault in list_faults() if fault.severity is severity}
        spot = next(
            index
            for index, caller in enumerate(callers)
            if given[index] is None and any(asset.family in families for asset in caller.assets)
        )
        given[spot] = severity
    return given


def _draw_matter(draws: random.Random, customer: CityCustomer, severity: Severity | None) -> tuple[CityAsset, Fault]:
    pairs = [
        ((asset, fault), SEVERITY_WEIGHT[fault.severity])
        for asset in customer.assets
        for fault in list_faults()
        if fault.family == asset.family and severity in {None, fault.severity}
    ]
    return draw_weighted(draws, pairs)


def _build_request(
    draws: random.Random, customer: CityCustomer, asset: CityAsset, fault: Fault, opened_at: dt.datetime
) -> CityRequest:
    return CityRequest(
        customer=customer.number,
        serial=asset.serial,
        site_code=asset.site_code,
        fault=fault.code,
        severity=fault.severity,
        priority=decide_priority(
            fault_priority=fault.priority, severity=fault.severity, is_vip=customer.segment is Segment.VIP
        ),
        language=customer.language,
        contact_phone=draws.choice(customer.phones),
        opened_at=opened_at,
    )


def _draw_past_instant(
    draws: random.Random, asset: CityAsset, start_at: dt.datetime, time_zone: str
) -> dt.datetime | None:
    today = start_at.astimezone(ZoneInfo(time_zone)).date()
    oldest = min(HISTORY_DAYS, (today - asset.purchased_on).days - 1)
    if oldest <= 2:  # noqa: PLR2004 - bought the other day: nothing can have happened and be over yet
        return None
    day = today - dt.timedelta(days=draws.randrange(2, oldest))
    clock = dt.time(draws.randrange(7, 22), draws.randrange(60), draws.randrange(60))
    return dt.datetime.combine(day, clock, tzinfo=ZoneInfo(time_zone)).astimezone(dt.UTC)


def _close(
    draws: random.Random,
    request: CityRequest,
    fault: Fault,
    territory: str,
    technicians: Sequence[CityTechnician],
    time_zone: str,
) -> CityRequest:
    reason = draw_weighted(draws, CLOSE_WEIGHT)
    if reason is not CloseReason.SOLVED:
        closed_at = request.opened_at + dt.timedelta(minutes=draws.randrange(3, 9))
        return _closed(request, reason, closed_at, None)
    visit = _draw_visit(draws, request, fault, territory, technicians, time_zone)
    return _closed(request, reason, visit.completed_at, visit)


def _closed(request: CityRequest, reason: CloseReason, closed_at: dt.datetime, visit: PastVisit | None) -> CityRequest:
    return replace(request, close_reason=reason, closed_at=closed_at, visit=visit)


def _draw_visit(
    draws: random.Random,
    request: CityRequest,
    fault: Fault,
    territory: str,
    technicians: Sequence[CityTechnician],
    time_zone: str,
) -> PastVisit:
    able = [
        technician.number
        for technician in technicians
        if dict(technician.skills).get(fault.skill, 0) >= fault.skill_level
        and (not technician.territories or territory in technician.territories)
    ]
    window_from = _draw_window(draws, request.opened_at, time_zone)
    late_minutes = draws.randrange(10, 60) if draws.random() < LATE_SHARE else 0
    arrived_at = window_from + dt.timedelta(minutes=draws.randrange(5, 110) + 2 * late_minutes)
    minutes = fault.duration_minutes * draws.uniform(0.7, 1.3)
    return PastVisit(
        technician=draws.choice(able),
        window_from_at=window_from,
        window_until_at=window_from + dt.timedelta(hours=WINDOW_HOURS),
        arrived_at=arrived_at,
        completed_at=_to_second(arrived_at + dt.timedelta(minutes=minutes)),
    )


def _draw_window(draws: random.Random, opened_at: dt.datetime, time_zone: str) -> dt.datetime:
    """Return the start of a two-hour window by day that ends within 24 hours of the call."""
    first = opened_at.astimezone(ZoneInfo(time_zone)).replace(minute=0, second=0) + dt.timedelta(hours=1)
    hours = [first + dt.timedelta(hours=ahead) for ahead in range(24 - 1 - WINDOW_HOURS)]
    return draws.choice([at for at in hours if at.hour in DAY_WINDOWS]).astimezone(dt.UTC)


def _territory(customer: CityCustomer, asset: CityAsset) -> str:
    return next(site.territory for site in customer.sites if site.code == asset.site_code)


def _to_second(at: dt.datetime) -> dt.datetime:
    return at.replace(microsecond=0)
