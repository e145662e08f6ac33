"""A scenario as a JSON value that `dispatch.replay.files` reads again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dispatch.problem import Shift, TimeWindow
from dispatch.replay.scenario import HOUR_SECONDS, MINUTE_SECONDS, Demand, Kind, Request, Scenario
from dispatch.risk.spreads import Spread

Json = dict[str, Any]


def write_scenario(scenario: Scenario) -> str:
    """The scenario as JSON text. Spreads of single visits and shifts, and prices, are not written."""
    return json.dumps(scenario_fields(scenario), ensure_ascii=False, indent=1) + "\n"


def scenario_fields(scenario: Scenario) -> Json:
    """The scenario as JSON fields."""
    demand = {} if scenario.demand is None else {"demand": _demand(scenario.demand)}
    return {
        "name": scenario.name,
        "starts_at": scenario.starts_at,
        "days": scenario.until_seconds / 86_400.0,
        "places": [list(place) for place in scenario.places],
        "travel": _travel(scenario),
        "shifts": [_shift(shift) for shift in scenario.shifts],
        "requests": [_request(request) for request in scenario.requests],
        **demand,
        "policy": asdict(scenario.policy),
        "chances": asdict(scenario.chances),
        "taste": asdict(scenario.taste),
        "spreads": {
            "duration": _spread(scenario.spreads.duration),
            "travel": _spread(scenario.spreads.travel),
            "travel_day_share": scenario.spreads.travel_day_share,
        },
    }


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / MINUTE_SECONDS, 9)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / HOUR_SECONDS, 9)


def _given(fields: Mapping[str, Any]) -> Json:
    """The fields that say something; what is left out is read as nothing."""
    return {name: value for name, value in fields.items() if value not in (None, {}, [])}


def _travel(scenario: Scenario) -> Json:
    roads = scenario.roads
    if scenario.matrix is not None:
        return {
            "minutes": (scenario.matrix.seconds / MINUTE_SECONDS).tolist(),
            "metres": scenario.matrix.metres.tolist(),
            "hour_factors": list(scenario.matrix.hour_factors),
        }
    return {
        "circuity": roads.circuity,
        "speed_km_per_hour": roads.speed_km_per_hour,
        "buffer_minutes": _minutes(roads.buffer_seconds),
        "hour_factors": list(roads.hour_factors),
    }


def _window(window: TimeWindow | None) -> Json | None:
    if window is None:
        return None
    return {"from_minutes": _minutes(window.from_seconds), "until_minutes": _minutes(window.until_seconds)}


def _shift(shift: Shift) -> Json:
    fields = _given(
        {
            "id": shift.id,
            "technician": shift.technician_id,
            "from_minutes": _minutes(shift.from_seconds),
            "until_minutes": _minutes(shift.until_seconds),
            "start_place": shift.start_location,
            "skills": dict(shift.skills),
            "territories": sorted(shift.territories),
            "overtime_minutes": _minutes(shift.overtime_limit_seconds),
            "speed_factor": shift.speed_factor,
            "max_visits": shift.max_visits,
            "breaks": [
                {"minutes": _minutes(rest.duration_seconds), **(_window(rest.window) or {})} for rest in shift.breaks
            ],
        }
    )
    return {**fields, "end_place": shift.end_location}


def _request(request: Request) -> Json:
    fields = _given(
        {
            "id": request.id,
            "called_minutes": _minutes(request.called_seconds),
            "place": request.location,
            "duration_minutes": _minutes(request.duration_seconds),
            "skills": dict(request.skills),
            "territory": request.territory,
            "priority": request.priority,
            "required_technicians": sorted(request.required_technician_ids),
            "refused_technicians": sorted(request.refused_technician_ids),
            "promised": _window(request.promised),
            "shift": request.shift_id,
            "is_locked": request.is_locked or None,
            "wished_from_minutes": _minutes(request.wished_from_seconds),
            "real_duration_minutes": _minutes(request.real_duration_seconds),
            "cancels_minutes": _minutes(request.cancels_seconds),
            "is_no_access": request.is_no_access,
        }
    )
    return {**fields, "commitment_hours": _hours(request.commitment_seconds)}


def _kind(kind: Kind) -> Json:
    return {
        "code": kind.code,
        "weight": kind.weight,
        "duration_minutes": _minutes(kind.duration_seconds),
        "skills": dict(kind.skills),
        "priority": kind.priority,
        "commitment_hours": _hours(kind.commitment_seconds),
    }


def _demand(demand: Demand) -> Json:
    return {
        "calls_per_day": demand.calls_per_day,
        "hour_weights": list(demand.hour_weights),
        "weekday_factors": list(demand.weekday_factors),
        "kinds": [_kind(kind) for kind in demand.kinds],
        "districts": [
            {
                "code": district.code,
                "weight": district.weight,
                "places": list(district.locations),
                "territory": district.territory,
            }
            for district in demand.districts
        ],
    }


def _spread(spread: Spread) -> Json:
    if spread.quantiles:
        return {"quantiles": [list(pair) for pair in spread.quantiles]}
    return {"median_factor": spread.median_factor, "log_sigma": spread.log_sigma}
