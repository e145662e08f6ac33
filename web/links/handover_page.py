"""A service point's page for one job: what it is, take it and say when, refuse it, arrived, done; by link (H13)."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models import Handover
from operations.foundation.links import LinkNotValid, open_link
from operations.matters.handovers import (
    ComingTimeImpossible,
    accept_handover,
    decline_handover,
    finish_handover,
    note_partner_arrived,
)
from policies.handovers import HandoverMoveRefused, HandoverState
from policies.roles import LinkPurpose
from web.forms.form_fields import Refusals, read_instant, refusing
from web.foundation.access import public
from web.foundation.services import now, services
from web.layout.wrong_links import refuse_link
from web.wording.sentences import in_language, say, use_language
from web.wording.words import instant

handover_page = Blueprint("handover_page", __name__, url_prefix="/handover")
BECAUSE = "the link itself is the key: 72 random bits, one job, expires"
REFUSALS: Refusals = {HandoverMoveRefused: "handover.too_late", ComingTimeImpossible: "handover.impossible_time"}

ANSWERS = {
    HandoverState.OFFERED: ("accept", "decline"),
    HandoverState.ACCEPTED: ("arrived", "accept", "decline"),
    HandoverState.ARRIVED: ("done",),
}
"""What a service point can answer, by how far it is."""


@handover_page.get("/<secret>")
@public(because=BECAUSE)
def show(secret: str) -> ResponseReturnValue:
    """The job this link was made for."""
    try:
        with services().database.reading() as session:
            page = _render(secret, _open(session, secret))
    except LinkNotValid:
        return refuse_link()
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@handover_page.post("/<secret>")
@public(because=BECAUSE)
def answer(secret: str) -> ResponseReturnValue:
    """Take one answer; one that comes too late or names an impossible time is refused in words."""
    back_to = url_for("web.handover_page.show", secret=secret)
    try:
        with refusing(REFUSALS, back_to=back_to), services().database.writing() as session:
            _take(session, _open(session, secret))
    except LinkNotValid:
        return refuse_link()
    flash(say("handover.noted"), "done")
    return redirect(back_to)


def _open(session: Session, secret: str) -> Handover:
    handover_id = open_link(session, secret=secret, purpose=LinkPurpose.HANDOVER, now=now())
    handover = session.get_one(Handover, handover_id, with_for_update=True)
    use_language(handover.service_point.language)
    return handover


def _take(session: Session, handover: Handover) -> None:
    do, house = request.form.get("do"), services().house
    if do == "accept":
        coming_from_at = read_instant("coming_from", ZoneInfo(handover.service_point.time_zone))
        accept_handover(session, handover=handover, coming_from_at=coming_from_at, house=house, now=now())
    elif do == "decline":
        decline_handover(session, handover=handover, house=house, now=now())
    elif do == "arrived":
        note_partner_arrived(session, handover=handover, now=now())
    elif do == "done":
        finish_handover(session, handover=handover, house=house, now=now())
    else:
        raise HandoverMoveRefused(str(do))


def _render(secret: str, handover: Handover) -> str:
    matter, point = handover.request, handover.service_point
    zone = ZoneInfo(point.time_zone)
    today = now().astimezone(zone).date()
    coming = ""
    if handover.coming_from_at is not None:
        coming = instant(handover.coming_from_at, zone, today=today)
    facts = [
        ("customer", in_language(matter.customer, "name") if matter.customer else ""),
        ("phone", matter.contact_phone or ""),
        ("address", in_language(matter.site, "address") if matter.site else ""),
        ("product", in_language(matter.asset.product, "name") if matter.asset else ""),
        ("serial", matter.asset.serial if matter.asset else ""),
        ("fault", in_language(matter.fault_category, "name") if matter.fault_category else ""),
        ("note", matter.note),
    ]
    # Who has refused, or was too slow, has no business with the customer's address any more.
    is_theirs = handover.state in ANSWERS or handover.state is HandoverState.DONE
    return render_template(
        "handover.html",
        secret=secret,
        point=in_language(point, "name"),
        number=matter.number,
        state=str(handover.state),
        facts=[(name, value) for name, value in facts if value] if is_theirs else [],
        answers=ANSWERS.get(handover.state, ()),
        until=instant(handover.answer_until_at, zone, today=today),
        coming=coming,
        earliest=f"{now().astimezone(zone):%Y-%m-%dT%H:%M}",
        hotline=services().house.hotline_number,
    )
