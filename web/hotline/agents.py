"""The page of somebody who takes calls: presence, who waits, the caller's file, the talk (H12)."""

import hashlib
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from operations.day.day import find_area
from operations.foundation.changes import AGENTS, last_changes
from operations.hotline.agent_desk import (
    AgentDesk,
    AgentNotFree,
    CallerGone,
    NotInTalk,
    call_colleague,
    dismiss_colleagues,
    fetch,
    hand_over,
    hold,
    read_desk,
    take_caller,
)
from operations.hotline.agent_rings import describe_caller
from operations.people.agents import AgentIsTalking, AgentPhoneWrong, choose_state, find_agent, sign_on
from operations.telephone.recordings import find_pause_end, find_running_recording
from policies.person_queue import AgentState
from web.forms.form_fields import read_text, refusing
from web.foundation.access import HELPERS, for_roles
from web.foundation.services import now, services
from web.hotline.call_lines import recording_controls
from web.wording.sentences import page_language
from web.wording.words import instant

agents = Blueprint("agents", __name__, url_prefix="/agent")
LONGEST_PHONE = 24
TROUBLES: dict[type[Exception], str] = {
    AgentPhoneWrong: "agent.phone_wrong",
    AgentIsTalking: "agent.is_talking",
    AgentNotFree: "agent.not_free",
    CallerGone: "agent.caller_gone",
    NotInTalk: "agent.not_in_talk",
}


ACTIONS: dict[str, Callable[..., None]] = {
    "hold": hold,
    "fetch": fetch,
    "dismiss": dismiss_colleagues,
    "hand_over": hand_over,
}


@agents.get("")
@for_roles(HELPERS)
def show() -> ResponseReturnValue:
    """The whole page."""
    with services().database.reading() as session:
        desk = read_desk(session, user_id=current_user.user_id, now=now())
        return render_template("agent.html", **_shown(session, desk))


@agents.get("/live")
@for_roles(HELPERS)
def live() -> ResponseReturnValue:
    """The part of the page that changes; 304 while nothing has."""
    with services().database.reading() as session:
        tag = _tag(session)
        if tag in request.if_none_match:
            return Response(status=304)
        desk = read_desk(session, user_id=current_user.user_id, now=now())
        response = make_response(render_template("agent_live.html", **_shown(session, desk)))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@agents.post("/state")
@for_roles(HELPERS)
def change_state() -> ResponseReturnValue:
    """Take calls at a telephone, or take none."""
    form, user_id = request.form, current_user.user_id
    phone = read_text("phone", longest=LONGEST_PHONE)

    def change(session: Session) -> None:
        if form.get("state") == AgentState.AVAILABLE:
            sign_on(
                session,
                user_id=user_id,
                phone=phone,
                takes_complaints=form.get("takes_complaints") == "yes",
                now=now(),
            )
            return
        agent = find_agent(session, user_id=user_id)
        if agent is not None:
            choose_state(session, agent=agent, state=AgentState.AWAY, now=now())

    return _do(change)


@agents.post("/take/<int:entry_id>")
@for_roles(HELPERS)
def take(entry_id: int) -> ResponseReturnValue:
    """Say yes to a waiting caller: my telephone rings."""
    user_id = current_user.user_id
    return _do(lambda session: take_caller(session, user_id=user_id, entry_id=entry_id, now=now()))


@agents.post("/colleague/<int:agent_id>")
@for_roles(HELPERS)
def ring_colleague(agent_id: int) -> ResponseReturnValue:
    """Ring a colleague about the caller."""
    user_id = current_user.user_id
    return _do(lambda session: call_colleague(session, user_id=user_id, agent_id=agent_id, now=now()))


@agents.post("/talk/<action>")
@for_roles(HELPERS)
def talk(action: str) -> ResponseReturnValue:
    """Do something with the talk I am in."""
    user_id, act = current_user.user_id, ACTIONS.get(action) or abort(404)
    return _do(lambda session: act(session, user_id=user_id, now=now()))


def _do(change: Callable[[Session], object]) -> ResponseReturnValue:
    back_to = url_for("web.agents.show")
    with refusing(TROUBLES, back_to=back_to), services().database.writing() as session:
        change(session)
    return redirect(back_to)


def _shown(session: Session, desk: AgentDesk) -> dict[str, object]:
    area = find_area(session, code=None)
    zone = ZoneInfo(area.time_zone if area else "UTC")
    today, language = now().astimezone(zone).date(), page_language()
    return {
        "desk": desk,
        **_recording_of(session, desk, zone),
        "at": lambda moment: instant(moment, zone, today=today),
        "about": {
            entry.id: describe_caller(session, entry, language=language, now=now())
            for entry in [*(line.entry for line in desk.waiting), *([desk.caller] if desk.caller else [])]
        },
    }


def _recording_of(session: Session, desk: AgentDesk, zone: ZoneInfo) -> dict[str, object]:
    """Return how the talk's recording stands, and what this agent can do about it; nothing while there is no talk."""
    if desk.talk is None:
        return {"recording_controls": ()}
    running = find_running_recording(session, call=desk.talk.call)
    ends_at = find_pause_end(session, recording=running, now=now()) if running else None
    return {
        "recording_controls": recording_controls(desk.talk.call, running),
        "recording_goes_on": running is not None and ends_at is None,
        "recording_paused_until": f"{ends_at.astimezone(zone):%H:%M:%S}" if ends_at else "",
    }


def _tag(session: Session) -> str:
    seen = f"{current_user.user_id}{page_language()}{last_changes(session, topics=(AGENTS,))}"
    return hashlib.sha256(seen.encode()).hexdigest()[:16]
