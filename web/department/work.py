"""Where a day begins for those who do not sit at the board: what waits for them, the oldest first to be seen (T3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from operations.office.waiting import Waiting, count_waiting
from policies.roles import Role
from web.foundation.access import DECIDERS, EVERYBODY, HANDLERS, HELPERS, PLANNERS, STOREKEEPERS, SUPERVISORS, for_roles
from web.foundation.services import now, services
from web.layout.navigation import list_pages
from web.layout.tables import house_zone, local
from web.wording.words import time_left, tone_of

work = Blueprint("work", __name__, url_prefix="/work")

COMPLAINT_HANDLERS = HELPERS | {Role.COMPLAINTS}


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of work: the page it is done on, and who does it."""

    endpoint: str
    roles: frozenset[Role]


DUTIES: Mapping[str, Duty] = {
    "callers": Duty("web.agents.show", HELPERS),
    "call_backs": Duty("web.desk.show", HELPERS),
    "texts": Duty("web.messages.show", HELPERS),
    "unplaced": Duty("web.radar.show", PLANNERS),
    "complaints": Duty("web.complaints.show_all", COMPLAINT_HANDLERS),
    "customer_calls": Duty("web.customer_calls.show", HELPERS),
    "handovers": Duty("web.service_points.show", HELPERS),
    "requisitions": Duty("web.parts.show", STOREKEEPERS),
    "shipments": Duty("web.shipments.show", HANDLERS),
    "claims": Duty("web.shipments.show", HANDLERS),
    "returns": Duty("web.returns.show", HELPERS),
    "exceptions": Duty("web.workshop.show", HANDLERS | {Role.EXPERT}),
    "improvements": Duty("web.complaints.show_all", COMPLAINT_HANDLERS),
    "risks": Duty("web.risks.show", SUPERVISORS),
    "reports": Duty("web.work_reports.show_all", SUPERVISORS),
    "settlements": Duty("web.money.show", DECIDERS),
}
"""Who does which kind of work that waits, and where."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work as the page shows it."""

    name: str
    address: str
    count: int
    oldest: str
    due: str
    tone: str


@work.get("")
@for_roles(EVERYBODY)
def show() -> ResponseReturnValue:
    """What waits for whoever is signed in, and every page they may open."""
    names = [name for name, duty in DUTIES.items() if current_user.role in duty.roles]
    with services().database.reading() as session:
        zone = house_zone(session)
        lines = [_line(one, zone) for one in count_waiting(session, names=names, now=now())]
    return render_template(
        "work.html",
        waiting=[line for line in lines if line.count],
        done=[line for line in lines if not line.count],
        pages=[page for page in list_pages() if not page.is_current],
    )


def _line(one: Waiting, zone: ZoneInfo) -> Line:
    return Line(
        name=one.name,
        address=url_for(DUTIES[one.name].endpoint),
        count=one.count,
        oldest=local(one.oldest_at, zone),
        due=time_left(one.due_at, now()) if one.due_at else "",
        tone=str(tone_of(one.due_at, now())) if one.due_at else "",
    )
