"""What an agent sees and does in the page: who waits, the file of whoever is on the line, a talk handed over (H12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Agent, AgentRing, Asset, QueueEntry, ServiceRequest
from operations.aftercare.own_requests import list_own_requests
from operations.foundation.line_orders import end_leg
from operations.hotline.agent_rings import TALK_STATES, fetch_caller, hold_caller, leave_talk, ring_agent
from operations.hotline.person_queue import QueuePlace, find_place, list_in_talk, list_waiting, lock_entry
from operations.people.agents import find_agent, list_agents, list_free_agents
from operations.people.customers import list_assets
from policies.person_queue import QueueState, RingResult

MOST_REQUESTS = 5
MISSED = frozenset({RingResult.SILENT, RingResult.NOT_RUNG})


class CallerGone(LookupError):
    """Somebody else has taken the caller, or the caller has gone."""


class AgentNotFree(RuntimeError):
    """Whoever is to be rung is talking, away, or being rung already."""


class NotInTalk(RuntimeError):
    """Only somebody who is in a talk can hold it, call a colleague or hand it over."""


@dataclass(frozen=True, slots=True)
class CallerFile:
    """What we know of a caller: machines, requests that are open or were closed lately."""

    assets: Sequence[Asset]
    requests: Sequence[ServiceRequest]


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One caller who waits, where they stand, and whether it is my telephone that rings for them."""

    entry: QueueEntry
    place: QueuePlace
    is_ringing_here: bool


@dataclass(frozen=True, slots=True)
class AgentDesk:
    """Everything the page of one agent shows; `caller` is the one on the line, or the one whose call rings here.

    `missed` is the last call to their telephone when it came to nothing, until they say again that they take calls.
    """

    agent: Agent | None
    talk: QueueEntry | None
    caller: QueueEntry | None
    file: CallerFile | None
    colleagues_in_talk: Sequence[AgentRing]
    ringing_colleagues: Sequence[AgentRing]
    waiting: Sequence[WaitingLine]
    others: Sequence[Agent]
    missed: AgentRing | None
    free_ids: frozenset[int]


def read_desk(session: Session, *, user_id: int, now: dt.datetime) -> AgentDesk:
    """Return what the page of this user shows."""
    agent = session.scalars(select(Agent).where(Agent.user_id == user_id)).one_or_none()
    mine = _find_own_ring(session, agent)
    talk = mine.entry if mine is not None and mine.result is RingResult.ACCEPTED else None
    caller = mine.entry if mine is not None else None
    rings = _list_colleague_rings(session, talk)
    return AgentDesk(
        agent=agent,
        talk=talk,
        caller=caller,
        file=None if caller is None else _read_file(session, caller, now=now),
        colleagues_in_talk=[ring for ring in rings if ring.result is RingResult.ACCEPTED and ring is not mine],
        ringing_colleagues=[ring for ring in rings if ring.result is None],
        waiting=[
            WaitingLine(entry, find_place(session, entry), caller is not None and entry.id == caller.id)
            for entry in list_waiting(session)
        ],
        others=[one for one in list_agents(session) if agent is None or one.id != agent.id],
        missed=_find_missed(session, agent),
        free_ids=frozenset(one.agent_id for one in list_free_agents(session)),
    )


def take_caller(session: Session, *, user_id: int, entry_id: int, now: dt.datetime) -> AgentRing:
    """Say yes to a waiting caller in the page: one's own telephone rings and needs no key. First come, first served.

    Raises CallerGone or AgentNotFree.
    """
    entry, agent = lock_entry(session, entry_id), find_agent(session, user_id=user_id)
    if entry is None or entry.state is not QueueState.WAITING:
        raise CallerGone(entry_id)
    mine = _find_own_ring(session, agent)
    if mine is not None and mine.result is None and mine.entry_id == entry_id:
        mine.is_taken_in_page = True
        return mine
    if agent is None or agent.id not in {one.agent_id for one in list_free_agents(session)}:
        raise AgentNotFree(user_id)
    return ring_agent(session, entry, agent, now=now, is_taken_in_page=True)


def hold(session: Session, *, user_id: int, now: dt.datetime) -> None:
    """Let the caller hear music; raises NotInTalk."""
    hold_caller(session, _lock_own_talk(session, user_id)[0], now=now)


def fetch(session: Session, *, user_id: int, now: dt.datetime) -> None:
    """Bring the caller back, to everybody who is in the talk; raises NotInTalk."""
    fetch_caller(session, _lock_own_talk(session, user_id)[0], now=now)


def call_colleague(session: Session, *, user_id: int, agent_id: int, now: dt.datetime) -> AgentRing:
    """Ring a colleague about the caller, who hears music meanwhile; raises NotInTalk or AgentNotFree."""
    entry, _ = _lock_own_talk(session, user_id)
    if agent_id not in {one.agent_id for one in list_free_agents(session)}:
        raise AgentNotFree(agent_id)
    hold_caller(session, entry, now=now)
    return ring_agent(session, entry, session.get_one(Agent, agent_id), now=now, is_colleague=True)


def hand_over(session: Session, *, user_id: int, now: dt.datetime) -> None:
    """Leave the talk to whoever else is in it, who then has the caller; raises NotInTalk while nobody else is."""
    entry, mine = _lock_own_talk(session, user_id)
    if len(list_in_talk(session, entry)) < 2:  # noqa: PLR2004 - oneself and somebody else
        raise NotInTalk(user_id)
    _let_go(session, mine, now)


def dismiss_colleagues(session: Session, *, user_id: int, now: dt.datetime) -> None:
    """Talk on with the caller alone: colleagues are let go, and the caller comes back; raises NotInTalk."""
    entry, mine = _lock_own_talk(session, user_id)
    for ring in _list_colleague_rings(session, entry):
        if ring is mine:
            continue
        if ring.result is None:
            ring.result, ring.decided_at = RingResult.CALLED_OFF, now
            if ring.message is not None and ring.message.message_sid is not None:
                end_leg(session, call_sid=ring.message.message_sid, now=now)
        else:
            _let_go(session, ring, now)
    fetch_caller(session, entry, now=now)


def _let_go(session: Session, ring: AgentRing, now: dt.datetime) -> None:
    if ring.call_sid is not None:
        end_leg(session, call_sid=ring.call_sid, now=now)
    leave_talk(session, ring=ring, now=now)


def _lock_own_talk(session: Session, user_id: int) -> tuple[QueueEntry, AgentRing]:
    mine = _find_own_ring(session, find_agent(session, user_id=user_id))
    entry = lock_entry(session, mine.entry_id) if mine is not None and mine.result is not None else None
    if mine is None or entry is None or entry.state not in TALK_STATES:
        raise NotInTalk(user_id)
    return entry, mine


def _find_own_ring(session: Session, agent: Agent | None) -> AgentRing | None:
    """Return the ring that is on this agent's telephone now: accepted and not left, or undecided."""
    if agent is None:
        return None
    on_line = (AgentRing.result == RingResult.ACCEPTED) & AgentRing.left_at.is_(None)
    return session.scalars(
        select(AgentRing)
        .where(AgentRing.agent_id == agent.id, on_line | AgentRing.result.is_(None))
        .order_by(AgentRing.result.is_(None), AgentRing.id.desc())
        .options(joinedload(AgentRing.entry).joinedload(QueueEntry.customer))
        .limit(1)
    ).one_or_none()


def _list_colleague_rings(session: Session, entry: QueueEntry | None) -> Sequence[AgentRing]:
    if entry is None:
        return []
    on_line = (AgentRing.result == RingResult.ACCEPTED) & AgentRing.left_at.is_(None)
    return session.scalars(
        select(AgentRing)
        .where(AgentRing.entry_id == entry.id, on_line | AgentRing.result.is_(None))
        .order_by(AgentRing.id)
        .options(joinedload(AgentRing.agent).joinedload(Agent.user), joinedload(AgentRing.message))
    ).all()


def _find_missed(session: Session, agent: Agent | None) -> AgentRing | None:
    if agent is None:
        return None
    last = session.scalars(
        select(AgentRing)
        .where(AgentRing.agent_id == agent.id, AgentRing.decided_at >= agent.since_at)
        .order_by(AgentRing.id.desc())
        .limit(1)
    ).one_or_none()
    return last if last is not None and last.result in MISSED else None


def _read_file(session: Session, entry: QueueEntry, *, now: dt.datetime) -> CallerFile:
    customer_id = entry.customer_id
    return CallerFile(
        assets=[] if customer_id is None else list_assets(session, customer_id=customer_id),
        requests=list_own_requests(
            session, customer_id=customer_id, phone=entry.contact_phone, now=now, limit=MOST_REQUESTS
        ),
    )
