"""Who takes calls now: presence of the people at the desks (H12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Agent, AgentRing
from operations.foundation.changes import AGENTS, note_change
from operations.foundation.figures import figures_at
from policies.person_queue import AgentState, FreeAgent
from policies.phone_numbers import dialable_number


class AgentPhoneWrong(ValueError):
    """A telephone that is to ring needs a number in international form."""

    field = "phone"


class AgentIsTalking(RuntimeError):
    """Whoever is in a talk ends it first."""


def sign_on(session: Session, *, user_id: int, phone: str, takes_complaints: bool, now: dt.datetime) -> Agent:
    """Make a user available for calls at this telephone (E.164); raises AgentPhoneWrong or AgentIsTalking."""
    number = dialable_number(phone.replace(" ", "").replace("-", ""))
    if number is None:
        raise AgentPhoneWrong(phone)
    agent = find_agent(session, user_id=user_id)
    if agent is None:
        agent = Agent(user_id=user_id, state=AgentState.AWAY, since_at=now)
        session.add(agent)
    elif agent.state is AgentState.BUSY:
        raise AgentIsTalking
    if agent.phone != number:
        agent.since_at = now
    agent.phone, agent.takes_complaints = number, takes_complaints
    set_state(session, agent, AgentState.AVAILABLE, now=now)
    return agent


def choose_state(session: Session, *, agent: Agent, state: AgentState, now: dt.datetime) -> None:
    """Become available or go away, by one's own choice; raises AgentIsTalking in a talk."""
    if agent.state is AgentState.BUSY:
        raise AgentIsTalking
    set_state(session, agent, state, now=now)


def set_state(session: Session, agent: Agent, state: AgentState, *, now: dt.datetime) -> None:
    """Note what an agent does from now on; wrapping up ends by itself after a while."""
    if agent.state is not state:
        agent.state, agent.since_at = state, now
    wrap_up = dt.timedelta(seconds=figures_at(session, now).wrap_up_seconds)
    agent.until_at = now + wrap_up if state is AgentState.WRAP_UP else None
    session.flush()
    note_change(session, topic=AGENTS, now=now)


def end_wrap_ups(session: Session, *, now: dt.datetime) -> int:
    """Make those available again whose time to wrap up is over; return how many."""
    done = session.scalars(
        select(Agent).where(Agent.state == AgentState.WRAP_UP, Agent.until_at <= now).with_for_update(skip_locked=True)
    ).all()
    for agent in done:
        set_state(session, agent, AgentState.AVAILABLE, now=now)
    return len(done)


def find_agent(session: Session, *, user_id: int) -> Agent | None:
    """Return a user's presence, locked, or None if the user never took calls."""
    return session.scalars(
        select(Agent).where(Agent.user_id == user_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def list_agents(session: Session) -> Sequence[Agent]:
    """Return everybody who has ever taken calls, those who take some now first."""
    agents = session.scalars(select(Agent).options(joinedload(Agent.user)).order_by(Agent.id)).all()
    return sorted(agents, key=lambda agent: (list(AgentState).index(agent.state), agent.since_at))


def list_free_agents(session: Session) -> list[FreeAgent]:
    """Return those who are available and whose telephone does not ring already."""
    ringing = select(AgentRing.agent_id).where(AgentRing.result.is_(None), AgentRing.agent_id.is_not(None))
    agents = session.scalars(
        select(Agent)
        .where(Agent.state == AgentState.AVAILABLE, Agent.id.not_in(ringing))
        .options(joinedload(Agent.user))
    )
    return [FreeAgent(agent.id, agent.user.language, agent.takes_complaints, agent.since_at) for agent in agents]


def count_agents(session: Session) -> int:
    """Return how many take calls now, talking or not."""
    return session.scalar(select(func.count()).select_from(Agent).where(Agent.state != AgentState.AWAY)) or 0
