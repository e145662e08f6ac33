"""Service points: who serves where we do not drive, how they answer, and what they have now (H13)."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models import Handover, ServicePoint
from operations.day.day import find_area
from operations.matters.handovers import count_handovers, list_live_handovers, list_service_points
from policies.handovers import HandoverState
from web.foundation.access import OFFICE, for_roles
from web.foundation.services import now, services
from web.wording.sentences import in_language, say
from web.wording.words import Tone, instant, time_left, tone_of

service_points = Blueprint("service_points", __name__, url_prefix="/service-points")


@dataclass(frozen=True, slots=True)
class PointLine:
    """One service point in the list, with how often it took, refused and left unanswered what it was asked for."""

    name: str
    phone: str
    districts: str
    is_active: bool
    taken: int
    declined: int
    silent: int


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """One request a service point has or has been asked for."""

    number: str
    customer: str
    place: str
    point: str
    state: str
    coming: str
    left: str
    tone: Tone


TAKEN = (HandoverState.ACCEPTED, HandoverState.ARRIVED, HandoverState.DONE)


@service_points.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """What is under way, then every service point."""
    with services().database.reading() as session:
        area = find_area(session, code=None)
        zone = ZoneInfo(area.time_zone if area else "UTC")
        live = [_handover_line(handover, zone) for handover in list_live_handovers(session)]
        counts = count_handovers(session)
        points = [_point_line(point, counts.get(point.id, {})) for point in list_service_points(session)]
    return render_template("service_points.html", live=live, points=points)


def _point_line(point: ServicePoint, counts: dict[HandoverState, int]) -> PointLine:
    return PointLine(
        name=in_language(point, "name"),
        phone=point.phone,
        districts=", ".join(point.districts) or say("service_points.elsewhere"),
        is_active=point.is_active,
        taken=sum(counts.get(state, 0) for state in TAKEN),
        declined=counts.get(HandoverState.DECLINED, 0),
        silent=counts.get(HandoverState.SILENT, 0),
    )


def _handover_line(handover: Handover, zone: ZoneInfo) -> HandoverLine:
    matter, due_at = handover.request, handover.coming_until_at or handover.answer_until_at
    today = now().astimezone(zone).date()
    is_waited_for = handover.state is not HandoverState.ARRIVED
    return HandoverLine(
        number=matter.number,
        customer=in_language(matter.customer, "name") if matter.customer else "",
        place=matter.site.district if matter.site else "",
        point=in_language(handover.service_point, "name"),
        state=str(handover.state),
        coming=instant(handover.coming_from_at, zone, today=today) if handover.coming_from_at else "",
        left=time_left(due_at, now()) if is_waited_for else "",
        tone=tone_of(due_at, now()) if is_waited_for else Tone.KEPT,
    )
