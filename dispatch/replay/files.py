"""Scenarios as JSON: read with every trouble named by its field, written so that reading gives the same back.

In files all times are minutes after `starts_at`, and places are numbered as they are listed; docs/replay.md has them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import Fields, Json, as_fields, as_list, as_number, as_whole
from dispatch.problem import Break, Shift, TimeWindow, Travel
from dispatch.replay.changes import ChangeRefused, with_policy
from dispatch.replay.scenario import (
    DAY_SECONDS,
    HOUR_SECONDS,
    MINUTE_SECONDS,
    Chances,
    ChoiceRule,
    Demand,
    District,
    Kind,
    Policy,
    Request,
    Scenario,
    StraightLine,
    Taste,
)
from dispatch.replay.soundness import check_scenario
from dispatch.risk.spreads import Spread, SpreadError, Spreads

T = TypeVar("T")
DAY_HOURS = 24.0
_FIELDS = frozenset(
    "name starts_at days places travel shifts requests demand policy chances taste spreads".split()  # noqa: SIM905
)
_SHIFT = frozenset(
    {
        "id",
        "technician",
        "from_minutes",
        "until_minutes",
        "start_place",
        "end_place",
        "skills",
        "territories",
        "overtime_minutes",
        "breaks",
        "speed_factor",
        "max_visits",
    }
)
_REQUEST = frozenset(
    {
        "id",
        "called_minutes",
        "place",
        "duration_minutes",
        "commitment_hours",
        "skills",
        "territory",
        "priority",
        "required_technicians",
        "refused_technicians",
        "promised",
        "shift",
        "is_locked",
        "wished_from_minutes",
        "real_duration_minutes",
        "cancels_minutes",
        "is_no_access",
    }
)
_KIND = frozenset({"code", "weight", "duration_minutes", "skills", "priority", "commitment_hours"})
_DISTRICT = frozenset({"code", "weight", "places", "territory"})
_DEMAND = frozenset({"calls_per_day", "hour_weights", "weekday_factors", "kinds", "districts"})
_TRAVEL = frozenset({"minutes", "metres", "circuity", "speed_km_per_hour", "buffer_minutes", "hour_factors"})
_CHANCES = frozenset({"illness_share", "cancellation_share", "no_access_share", "no_access_minutes"})
_TASTE = frozenset({"rule", "per_hour", "of_night", "of_none"})


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file; raises `FileFormatError`, `ScenarioError` or `ProblemError`, each naming the field."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise FileFormatError(error.lineno, f"not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise FileFormatError(str(path), "not UTF-8") from error
    scenario = scenario_of(content)
    check_scenario(scenario)
    return scenario


def scenario_of(content: Json) -> Scenario:
    """The scenario a JSON value describes, not checked beyond its fields."""
    fields = as_fields(content, "scenario", _FIELDS)
    starts_at = _text(fields, "starts_at", "scenario")
    try:
        start = dt.datetime.fromisoformat(starts_at)
    except ValueError as error:
        raise FileFormatError("starts_at", f"{starts_at!r} is no instant such as 2026-05-11T00:00:00+08:00") from error
    places = tuple(
        _point(place, f"places[{number}]") for number, place in enumerate(as_list(fields.get("places"), "places"))
    )
    roads, matrix = _travel(fields.get("travel"))
    origin_hour = start.hour + start.minute / 60 + start.second / 3600
    if matrix is not None:
        hours = roads.hour_factors
        matrix = Travel(matrix.seconds, matrix.metres, hour_factors=hours, origin_hour=origin_hour)
    return Scenario(
        name=_text(fields, "name", "scenario", "scenario"),
        until_seconds=as_number(fields.get("days"), "days", 1.0) * DAY_SECONDS,
        places=places,
        shifts=tuple(_each(fields.get("shifts"), "shifts", _shift)),
        requests=tuple(_each(fields.get("requests"), "requests", _request)),
        demand=_demand(fields["demand"]) if fields.get("demand") is not None else None,
        policy=_policy(fields.get("policy")),
        chances=Chances(**_numbers(fields.get("chances"), "chances", _CHANCES)),
        taste=_taste(fields.get("taste")),
        spreads=_spreads(fields.get("spreads")),
        roads=roads,
        matrix=matrix,
        origin_hour=origin_hour,
        origin_weekday=start.weekday(),
        starts_at=starts_at,
    )


def _each(value: Json, path: str, read: Callable[[Json, str], T]) -> list[T]:
    return [read(item, f"{path}[{number}]") for number, item in enumerate(as_list(value, path))]


def _text(fields: Fields, name: str, path: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or not value:
        raise FileFormatError(f"{path}.{name}", f"a text is expected, not {value!r}")
    return value


def _text_or_none(fields: Fields, name: str, path: str) -> str | None:
    return None if fields.get(name) is None else _text(fields, name, path)


def _flag(fields: Fields, name: str, path: str) -> bool | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise FileFormatError(f"{path}.{name}", f"true or false is expected, not {value!r}")
    return value


def _time(value: Json, path: str) -> float:
    return round(as_number(value, path) * MINUTE_SECONDS, 6)


def _time_or_none(fields: Fields, name: str, path: str) -> float | None:
    return None if fields.get(name) is None else _time(fields[name], f"{path}.{name}")


def _need(fields: Fields, name: str, path: str) -> float:
    if name not in fields:
        raise FileFormatError(f"{path}.{name}", "this field is missing")
    return _time(fields[name], f"{path}.{name}")


def _point(value: Json, path: str) -> tuple[float, float]:
    pair = as_list(value, path)
    if len(pair) != 2:  # noqa: PLR2004 - latitude and longitude
        raise FileFormatError(path, "latitude and longitude are expected")
    return as_number(pair[0], f"{path}[0]"), as_number(pair[1], f"{path}[1]")


def _texts(value: Json, path: str) -> frozenset[str]:
    items = as_list(value, path)
    if not all(isinstance(item, str) for item in items):
        raise FileFormatError(path, "a list of texts is expected")
    return frozenset(str(item) for item in items)


def _levels(value: Json, path: str) -> dict[str, int]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FileFormatError(path, "an object of skills and levels is expected")
    return {name: as_whole(level, f"{path}.{name}") for name, level in value.items()}


def _floats(value: Json, path: str) -> tuple[float, ...]:
    return tuple(as_number(item, f"{path}[{number}]") for number, item in enumerate(as_list(value, path)))


def _window(value: Json, path: str) -> TimeWindow:
    fields = as_fields(value, path, frozenset({"from_minutes", "until_minutes"}))
    return TimeWindow(_need(fields, "from_minutes", path), _need(fields, "until_minutes", path))


def _shift(value: Json, path: str) -> Shift:
    fields = as_fields(value, path, _SHIFT)
    start = as_whole(fields.get("start_place"), f"{path}.start_place")
    end = fields.get("end_place", start)
    return Shift(
        id=_text(fields, "id", path),
        technician_id=_text(fields, "technician", path),
        from_seconds=_need(fields, "from_minutes", path),
        until_seconds=_need(fields, "until_minutes", path),
        start_location=start,
        end_location=None if end is None else as_whole(end, f"{path}.end_place"),
        skills=_levels(fields.get("skills"), f"{path}.skills"),
        territories=_texts(fields.get("territories"), f"{path}.territories"),
        breaks=tuple(_each(fields.get("breaks"), f"{path}.breaks", _break)),
        overtime_limit_seconds=_time(fields.get("overtime_minutes", 0.0), f"{path}.overtime_minutes"),
        speed_factor=as_number(fields.get("speed_factor"), f"{path}.speed_factor", 1.0),
        max_visits=None if fields.get("max_visits") is None else as_whole(fields["max_visits"], f"{path}.max_visits"),
    )


def _break(value: Json, path: str) -> Break:
    fields = as_fields(value, path, frozenset({"minutes", "from_minutes", "until_minutes"}))
    window = TimeWindow(_need(fields, "from_minutes", path), _need(fields, "until_minutes", path))
    return Break(_need(fields, "minutes", path), window)


def _commitment(fields: Fields, path: str) -> float | None:
    if "commitment_hours" in fields and fields["commitment_hours"] is None:
        return None
    return as_number(fields.get("commitment_hours"), f"{path}.commitment_hours", DAY_HOURS) * HOUR_SECONDS


def _request(value: Json, path: str) -> Request:
    fields = as_fields(value, path, _REQUEST)
    return Request(
        id=_text(fields, "id", path),
        called_seconds=_need(fields, "called_minutes", path),
        location=as_whole(fields.get("place"), f"{path}.place"),
        duration_seconds=_need(fields, "duration_minutes", path),
        commitment_seconds=_commitment(fields, path),
        skills=_levels(fields.get("skills"), f"{path}.skills"),
        territory=_text_or_none(fields, "territory", path),
        priority=as_whole(fields.get("priority"), f"{path}.priority", 50),
        required_technician_ids=_texts(fields.get("required_technicians"), f"{path}.required_technicians"),
        refused_technician_ids=_texts(fields.get("refused_technicians"), f"{path}.refused_technicians"),
        promised=None if fields.get("promised") is None else _window(fields["promised"], f"{path}.promised"),
        shift_id=_text_or_none(fields, "shift", path),
        is_locked=bool(_flag(fields, "is_locked", path)),
        wished_from_seconds=_time_or_none(fields, "wished_from_minutes", path),
        real_duration_seconds=_time_or_none(fields, "real_duration_minutes", path),
        cancels_seconds=_time_or_none(fields, "cancels_minutes", path),
        is_no_access=_flag(fields, "is_no_access", path),
    )


def _kind(value: Json, path: str) -> Kind:
    fields = as_fields(value, path, _KIND)
    return Kind(
        code=_text(fields, "code", path),
        weight=as_number(fields.get("weight"), f"{path}.weight", 1.0),
        duration_seconds=_need(fields, "duration_minutes", path),
        skills=_levels(fields.get("skills"), f"{path}.skills"),
        priority=as_whole(fields.get("priority"), f"{path}.priority", 50),
        commitment_seconds=_commitment(fields, path),
    )


def _district(value: Json, path: str) -> District:
    fields = as_fields(value, path, _DISTRICT)
    places = as_list(fields.get("places"), f"{path}.places")
    return District(
        code=_text(fields, "code", path),
        weight=as_number(fields.get("weight"), f"{path}.weight", 1.0),
        locations=tuple(as_whole(place, f"{path}.places[{number}]") for number, place in enumerate(places)),
        territory=_text_or_none(fields, "territory", path),
    )


def _demand(value: Json) -> Demand:
    fields = as_fields(value, "demand", _DEMAND)
    return Demand(
        calls_per_day=as_number(fields.get("calls_per_day"), "demand.calls_per_day"),
        hour_weights=_floats(fields.get("hour_weights", [1.0] * 24), "demand.hour_weights"),
        kinds=tuple(_each(fields.get("kinds"), "demand.kinds", _kind)),
        districts=tuple(_each(fields.get("districts"), "demand.districts", _district)),
        weekday_factors=_floats(fields.get("weekday_factors", [1.0] * 7), "demand.weekday_factors"),
    )


def _travel(value: Json) -> tuple[StraightLine, Travel | None]:
    fields = as_fields({} if value is None else value, "travel", _TRAVEL)
    usual = StraightLine()
    roads = StraightLine(
        circuity=as_number(fields.get("circuity"), "travel.circuity", usual.circuity),
        speed_km_per_hour=as_number(
            fields.get("speed_km_per_hour"), "travel.speed_km_per_hour", usual.speed_km_per_hour
        ),
        buffer_seconds=_time(fields.get("buffer_minutes", usual.buffer_seconds / 60), "travel.buffer_minutes"),
        hour_factors=_floats(fields.get("hour_factors"), "travel.hour_factors"),
    )
    if roads.circuity <= 0 or roads.speed_km_per_hour <= 0:
        raise FileFormatError("travel", "circuity and speed_km_per_hour have to be above zero")
    if fields.get("minutes") is None:
        return roads, None
    seconds = _matrix(fields["minutes"], "travel.minutes") * MINUTE_SECONDS
    metres = _matrix(fields["metres"], "travel.metres") if fields.get("metres") is not None else np.zeros_like(seconds)
    return roads, Travel(seconds=seconds, metres=metres)


def _matrix(value: Json, path: str) -> Any:  # noqa: ANN401 - numpy's array of numbers
    rows = [_floats(row, f"{path}[{number}]") for number, row in enumerate(as_list(value, path))]
    if any(len(row) != len(rows) for row in rows):
        raise FileFormatError(path, "the matrix is not square")
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(rows))


def _numbers(value: Json, path: str, known: frozenset[str]) -> dict[str, float]:
    fields = as_fields({} if value is None else value, path, known)
    return {name: as_number(number, f"{path}.{name}") for name, number in fields.items() if name in known}


def _policy(value: Json) -> Policy:
    if value is None:
        return Policy()
    if not isinstance(value, dict):
        raise FileFormatError("policy", "an object is expected")
    empty = Scenario("", 1.0, (), ())
    try:
        return with_policy(empty, {name: item for name, item in value.items() if not name.startswith("_")}).policy
    except (ChangeRefused, TypeError) as error:
        raise FileFormatError("policy", str(error).removeprefix("policy: ")) from error


def _taste(value: Json) -> Taste:
    fields = as_fields({} if value is None else value, "taste", _TASTE)
    rule = fields.get("rule", ChoiceRule.EARLIEST)
    if rule not in set(ChoiceRule):
        raise FileFormatError("taste.rule", f"{rule!r} is none of {', '.join(ChoiceRule)}")
    numbers = _numbers({name: item for name, item in fields.items() if name != "rule"}, "taste", _TASTE)
    return Taste(ChoiceRule(str(rule)), **numbers)


def _spreads(value: Json) -> Spreads:
    fields = as_fields({} if value is None else value, "spreads", frozenset({"duration", "travel", "travel_day_share"}))
    usual = Spreads()
    try:
        return Spreads(
            duration=_spread(fields.get("duration"), "spreads.duration", usual.duration),
            travel=_spread(fields.get("travel"), "spreads.travel", usual.travel),
            travel_day_share=as_number(
                fields.get("travel_day_share"), "spreads.travel_day_share", usual.travel_day_share
            ),
        )
    except SpreadError as error:
        raise FileFormatError("spreads", str(error)) from error


def _spread(value: Json, path: str, usual: Spread) -> Spread:
    if value is None:
        return usual
    fields = as_fields(value, path, frozenset({"median_factor", "log_sigma", "quantiles"}))
    pairs = [_floats(pair, f"{path}.quantiles") for pair in as_list(fields.get("quantiles"), f"{path}.quantiles")]
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 - probability and factor
        raise FileFormatError(f"{path}.quantiles", "pairs of probability and factor are expected")
    return Spread(
        median_factor=as_number(fields.get("median_factor"), f"{path}.median_factor", 1.0),
        log_sigma=as_number(fields.get("log_sigma"), f"{path}.log_sigma", 0.0),
        quantiles=tuple((pair[0], pair[1]) for pair in pairs),
    )
