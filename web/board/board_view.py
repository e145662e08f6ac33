"""What of the board somebody looks at: area, days, territory, skill, state, the map or not; all in the address."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import abort, request
from sqlalchemy.orm import Session

from models import Area
from operations.day.day import OpenRequest, find_area
from operations.day.team import find_crew, list_crew_choices
from policies.visit_states import PROMISED
from web.board.timeline import MOST_DAYS, Axis
from web.wording.sentences import in_language, say

WAITING = "waiting"
LONGEST_CODE = 40
YEARS = range(2000, 2200)
"""What a board is asked for; a calendar's first and last days have no day beside them."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """One look at the board. Empty codes mean everything."""

    area: Area
    axis: Axis
    territory: str
    skill: str
    state: str
    has_map: bool

    @property
    def is_narrowed(self) -> bool:
        """True when not everything is shown."""
        return bool(self.territory or self.skill or self.state)

    def address(self, **changed: object) -> str:
        """Return the query of this view with some of it changed; what is usual is left out."""
        values: dict[str, Any] = {
            "area": request.args.get("area", "")[:LONGEST_CODE],
            "on": self.on,
            "days": self.axis.days if self.axis.days > 1 else "",
            "territory": self.territory,
            "skill": self.skill,
            "state": self.state,
            "map": "1" if self.has_map else "",
        }
        return urlencode({name: value for name, value in {**values, **changed}.items() if value})

    @property
    def on(self) -> str:
        """The day asked for; empty for whatever day it is."""
        return request.args.get("on", "")

    def shifted(self, days: int) -> str:
        """Return the first day shown some days earlier or later."""
        return (self.axis.on + dt.timedelta(days=days)).isoformat()

    def find_crew(self, session: Session) -> frozenset[int] | None:
        """Return the ids of the technicians looked at, or None for all."""
        if not self.territory and not self.skill:
            return None
        return find_crew(session, area_id=self.area.id, territory_code=self.territory, skill_code=self.skill)

    def keeps(self, item: OpenRequest) -> bool:
        """Tell whether an open request belongs to what is looked at."""
        site, fault = item.request.site, item.request.fault_category
        if self.territory and (site is None or site.territory is None or site.territory.code != self.territory):
            return False
        if self.skill and (fault is None or fault.skill.code != self.skill):
            return False
        return not self.state or self.state == (str(item.visit.state) if item.visit else WAITING)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a list offers."""

    code: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """One list of the filter."""

    field: str
    choices: Sequence[Choice]


def read_view(session: Session, *, today: dt.datetime) -> BoardView:
    """Read the view from the address; what does not exist is answered with 404."""
    area = find_area(session, code=request.args.get("area")) or abort(404)
    zone = ZoneInfo(area.time_zone)
    wanted, days = request.args.get("on", ""), request.args.get("days", "1")
    if days not in {"1", str(MOST_DAYS)}:
        abort(404)
    try:
        on = dt.date.fromisoformat(wanted) if wanted else today.astimezone(zone).date()
    except ValueError:
        abort(404)
    if on.year not in YEARS:
        abort(404)
    axis = Axis(on, zone, int(days))
    territory, skill, state = (request.args.get(name, "")[:LONGEST_CODE] for name in ("territory", "skill", "state"))
    return BoardView(area, axis, territory, skill, state, has_map=request.args.get("map") == "1")


def list_choices(session: Session, view: BoardView) -> list[Choices]:
    """Return the lists of the filter, with what is chosen; the area only where there are several."""
    found = list_crew_choices(session, area_id=view.area.id)
    states = [WAITING, *sorted(PROMISED, key=list(type(next(iter(PROMISED)))).index)]
    lists = [
        Choices("area", [_choice(area, view.area.code) for area in found.areas]),
        Choices("territory", [_choice(one, view.territory) for one in found.territories]),
        Choices("skill", [_choice(one, view.skill) for one in found.skills]),
        Choices("state", [Choice(str(one), _state_name(str(one)), str(one) == view.state) for one in states]),
    ]
    return [one for one in lists if one.field != "area" or len(one.choices) > 1]


def _choice(row: Any, chosen: str) -> Choice:  # noqa: ANN401 (an area, a territory or a skill: rows with code and name)
    return Choice(row.code, in_language(row, "name"), row.code == chosen)


def _state_name(state: str) -> str:
    return say("filter.waiting") if state == WAITING else say(f"visit_state.{state}")
