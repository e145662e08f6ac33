"""Telephones that ring for waiting callers, who takes the caller, and how a talk ends (H8, H12).

The telephone is a Message on the voice channel: claimed once, looked up when in doubt. What is said on it is the
whisper; a key accepts, nothing else does, because answering machines pick up too.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Agent, AgentRing, Asset, Call, CallBack, DutyTurn, Message, QueueEntry, ServiceRequest
from operations.clocks.duty import actor_of, list_on_duty
from operations.foundation.figures import figures_at
from operations.hotline.person_queue import (
    call_off_telephones,
    close_entry,
    end_entries_of_ended_calls,
    list_in_talk,
    list_waiting,
    lock_entry,
    move_caller,
    name_last_agent,
    note_caller_in_talk,
    note_step,
)
from operations.people.agents import count_agents, list_free_agents, set_state
from operations.telephone.call_backs import note_call_made
from outbox.enqueue import enqueue_message
from outbox.words import load_words, name_in, say_digits, say_stretch
from policies.call_states import CallState
from policies.duty import DutyRole, next_on_ladder
from policies.figures import Figures
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.person_queue import AgentState, QueueEnd, QueueLine, QueueState, RingResult, choose_agent

SCRIPT = "agent_call"
AT_ONCE_SCRIPT = "agent_call_at_once"
AT_ONCE = dt.timedelta(seconds=5)
"""Whoever has waited for less has not waited: the agent is not told how long."""
COLLEAGUE_SCRIPT = "colleague_call"
CALL_BACK_SCRIPT = "person_call_back"
CALL_BACK_WORTH = dt.timedelta(minutes=2)
"""An agent waits on the line meanwhile: a call that cannot be made soon is not made."""
TALK_STATES = frozenset({QueueState.TALKING, QueueState.ON_HOLD})
COMPLAINT_PHONES_AT_ONCE = 2
LOST_AFTER = dt.timedelta(minutes=3)
NEVER_RANG = (MessageState.FAILED, MessageState.EXPIRED, MessageState.WITHHELD)
"""How a call to a telephone of ours ends before it has begun: nothing more will be heard of it."""
RING_AGAIN = dt.timedelta(seconds=60)
"""Who declined is asked again about the same caller only after this, and only when nobody else is free."""


def serve_queue(session: Session, *, now: dt.datetime) -> int:
    """Ring the next telephone for everybody whose turn it is; return how many telephones ring anew."""
    end_entries_of_ended_calls(session, now=now)
    _end_rings_of_ended_calls(session, now=now)
    _end_kept_places(session, now=now)
    _settle_lost_rings(session, now=now)
    rung = 0
    for entry_id in [entry.id for entry in list_waiting(session) if entry.next_ring_at <= now]:
        entry = lock_entry(session, entry_id)
        if entry is not None and entry.state is QueueState.WAITING:
            rung += _ring_for(session, entry, now=now)
    return rung


def take_ring_answer(session: Session, *, message: Message, is_accepted: bool, now: dt.datetime) -> RingResult:
    """Take the key somebody pressed. The first to accept has the caller; whoever comes after that is too late."""
    entry, ring = _lock(session, message)
    if ring.result is not None:
        return ring.result
    ring.call_sid = message.message_sid
    wanted_in = TALK_STATES if ring.is_colleague else {QueueState.WAITING}
    if not is_accepted:
        result = RingResult.DECLINED
        note_step(session, entry, kind="agent_declined", now=now, actor=_actor(ring))
        entry.next_ring_at = now
    else:
        result = RingResult.ACCEPTED if entry.state in wanted_in else RingResult.TOO_LATE
    _decide(ring, result, now)
    if result is RingResult.ACCEPTED:
        _accept(session, entry, ring, now)
    return result


def note_ring_unanswered(session: Session, *, message: Message, now: dt.datetime) -> None:
    """The telephone rang in vain: the next one rings, and an agent who does not answer is taken to be away."""
    entry, ring = _lock(session, message)
    if ring.result is not None:
        return
    is_wanted = entry.state is QueueState.WAITING or (ring.is_colleague and entry.state in TALK_STATES)
    _decide(ring, RingResult.SILENT if is_wanted else RingResult.CALLED_OFF, now)
    if not is_wanted:
        return
    note_step(session, entry, kind="agent_silent", now=now, actor=_actor(ring))
    if ring.agent_id is not None:
        set_state(session, session.get_one(Agent, ring.agent_id), AgentState.AWAY, now=now)
    entry.next_ring_at = now


def find_joined_ring(session: Session, *, message: Message) -> AgentRing | None:
    """Return the ring whose talk this call goes into, or None when it was not accepted."""
    ring = session.get(AgentRing, message.values["ring"])
    return ring if ring is not None and ring.result is RingResult.ACCEPTED and ring.left_at is None else None


def is_key_needed(session: Session, *, message: Message) -> bool:
    """Tell whether whoever picks up must press a key: not who has taken the caller in the page."""
    ring = session.get(AgentRing, message.values["ring"])
    return ring is None or not ring.is_taken_in_page


def hold_caller(session: Session, entry: QueueEntry, *, now: dt.datetime) -> None:
    """Let the caller hear music while the agents talk among themselves."""
    if entry.state is QueueState.TALKING:
        entry.state = QueueState.ON_HOLD
        note_step(session, entry, kind="caller_held", now=now)
        move_caller(session, entry, now=now)


def fetch_caller(session: Session, entry: QueueEntry, *, now: dt.datetime) -> None:
    """Bring a caller back from the music, to whoever is in the talk."""
    if entry.state is QueueState.ON_HOLD:
        entry.state = QueueState.TALKING
        note_step(session, entry, kind="caller_fetched", now=now)
        move_caller(session, entry, now=now)


def leave_talk(session: Session, *, ring: AgentRing, now: dt.datetime) -> None:
    """An agent's leg is out of the talk for good; with the last one the talk is over and the caller is led on."""
    if ring.left_at is not None or ring.result is not RingResult.ACCEPTED:
        return
    ring.left_at = now
    if ring.agent_id is not None:
        set_state(session, session.get_one(Agent, ring.agent_id), AgentState.WRAP_UP, now=now)
    session.flush()
    entry = lock_entry(session, ring.entry_id)
    if entry is None or entry.state not in TALK_STATES:
        return
    if list_in_talk(session, entry):
        # Whoever stays talks on with the caller, also when the caller was on hold until now.
        fetch_caller(session, entry, now=now)
        return
    if entry.talk_from_at is None and entry.live_call_sid is not None and entry.call_back_id is None:
        # The agent was gone before the caller came: the caller has lost nothing, not even the place.
        entry.state, entry.answered_at, entry.next_ring_at = QueueState.WAITING, None, now
        note_step(session, entry, kind="agent_lost", now=now, actor=_actor(ring))
        return
    close_entry(session, entry, end=QueueEnd.TALKED, now=now)
    move_caller(session, entry, now=now)


def _ring_for(session: Session, entry: QueueEntry, *, now: dt.datetime) -> int:
    figures = figures_at(session, now)
    rings, waited = _list_rings(session, entry), now - entry.asked_at
    is_complaint = entry.line is QueueLine.COMPLAINT
    count = _ring_agents(session, entry, rings, at_once=COMPLAINT_PHONES_AT_ONCE if is_complaint else 1, now=now)
    is_overdue = is_complaint and waited >= dt.timedelta(seconds=figures.human_seconds)
    if is_overdue or (count == 0 and count_agents(session) == 0):
        count += _ring_duty(session, entry, rings, now=now)
    if count:
        entry.next_ring_at = now + _ring_time(entry, figures)
    elif _is_given_up(session, entry, figures, now):
        close_entry(session, entry, end=QueueEnd.NOBODY_CAME, now=now)
        move_caller(session, entry, now=now)
    return count


def _ring_agents(session: Session, entry: QueueEntry, rings: list[AgentRing], *, at_once: int, now: dt.datetime) -> int:
    rung = {ring.agent_id for ring in rings if ring.agent_id and ring.rung_at > now - RING_AGAIN}
    count = 0
    for _ in range(at_once):
        chosen = choose_agent(list_free_agents(session), line=entry.line, language=entry.language, rung=rung)
        if chosen is None:
            break
        ring_agent(session, entry, session.get_one(Agent, chosen.agent_id), now=now)
        rung.add(chosen.agent_id)
        count += 1
    return count


def _ring_duty(session: Session, entry: QueueEntry, rings: list[AgentRing], *, now: dt.datetime) -> int:
    """Ring the next person on duty: for a complaint the manager, otherwise down the ladder; nobody twice."""
    on_duty = list_on_duty(session, area_id=entry.call.area_id, now=now)
    if entry.line is QueueLine.COMPLAINT:
        on_duty = [one for one in on_duty if one.role is DutyRole.MANAGER]
    called = [ring.duty_turn_id for ring in rings if ring.duty_turn_id is not None]
    person = next_on_ladder(on_duty, called=called)
    if person is None:
        return 0
    turn = session.get_one(DutyTurn, person.turn_id)
    ring = AgentRing(entry_id=entry.id, duty_turn_id=turn.id, is_colleague=False, is_taken_in_page=False, rung_at=now)
    _let_ring(session, entry, ring, recipient=actor_of(turn), phone=turn.phone, language=turn.language, now=now)
    return 1


def ring_agent(
    session: Session,
    entry: QueueEntry,
    agent: Agent,
    *,
    now: dt.datetime,
    is_colleague: bool = False,
    is_taken_in_page: bool = False,
) -> AgentRing:
    """Let an agent's telephone ring for a caller; who has said yes in the page is asked for no key."""
    ring = AgentRing(
        entry_id=entry.id,
        agent_id=agent.id,
        is_colleague=is_colleague,
        is_taken_in_page=is_taken_in_page,
        rung_at=now,
    )
    language = agent.user.language
    _let_ring(session, entry, ring, recipient=f"agent:{agent.id}", phone=agent.phone, language=language, now=now)
    return ring


def _let_ring(
    session: Session,
    entry: QueueEntry,
    ring: AgentRing,
    *,
    recipient: str,
    phone: str,
    language: Language,
    now: dt.datetime,
) -> None:
    session.add(ring)
    session.flush()
    ring.message = enqueue_message(
        session,
        event=f"queue:{entry.id}:ring:{ring.id}",
        recipient=recipient,
        to_number=phone,
        language=language,
        template=_script_of(entry, ring, now),
        values={"ring": ring.id, **describe_caller(session, entry, language=language, now=now, is_spoken=True)},
        now=now,
        # A telephone that could not ring in time does not ring at all: by then it is the next one's turn.
        expires_at=now + _ring_time(entry, figures_at(session, now)),
        channel=MessageChannel.VOICE,
    )
    note_step(session, entry, kind="agent_rung", now=now, actor=_actor(ring))


def _script_of(entry: QueueEntry, ring: AgentRing, now: dt.datetime) -> str:
    if ring.is_colleague:
        return COLLEAGUE_SCRIPT
    return AT_ONCE_SCRIPT if now - entry.asked_at < AT_ONCE else SCRIPT


def _is_given_up(session: Session, entry: QueueEntry, figures: Figures, now: dt.datetime) -> bool:
    """Tell whether nobody is left to wait for, or the caller has waited for as long as anybody should."""
    if entry.live_call_sid is None:
        # A call back waits for as long as it takes; it also stands on the desk, with its clock.
        return False
    is_ringing = any(ring.result is None for ring in _list_rings(session, entry))
    limits = {
        QueueLine.COMPLAINT: dt.timedelta(seconds=figures.complaint_person_seconds),
        QueueLine.SERVICE: dt.timedelta(minutes=figures.person_wait_minutes),
    }
    return not is_ringing and (count_agents(session) == 0 or now - entry.asked_at >= limits[entry.line])


def describe_caller(
    session: Session, entry: QueueEntry, *, language: Language, now: dt.datetime, is_spoken: bool = False
) -> dict[str, str]:
    """Return what an agent hears or sees of a caller before accepting: who, and what the menu has gathered."""
    call, words = entry.call, load_words(language)
    request = session.get(ServiceRequest, call.request_id) if call.request_id else None
    chosen = call.memory.get("asset_id")
    asset = session.get(Asset, chosen) if chosen else request and request.asset
    parts = [name_in(asset.product, language)] if asset else []
    if request and request.fault_category:
        parts.append(name_in(request.fault_category, language))
    for name, matter in (("request_named", request), ("complaint_named", entry.complaint)):
        if matter is not None:
            number = say_digits(matter.number, language=language) if is_spoken else matter.number
            parts.append(words[name].format(number=number))
    return {
        "customer": name_in(entry.customer, language) if entry.customer else words["unknown_caller"],
        "about": str(words["list_separator"]).join(parts) or words["unknown_matter"],
        "waited": say_stretch(now - entry.asked_at, language=language),
    }


def _accept(session: Session, entry: QueueEntry, ring: AgentRing, now: dt.datetime) -> None:
    if ring.agent_id is not None:
        set_state(session, session.get_one(Agent, ring.agent_id), AgentState.BUSY, now=now)
    if ring.is_colleague:
        note_step(session, entry, kind="colleague_joined", now=now, actor=_actor(ring))
        return
    entry.state, entry.answered_at = QueueState.TALKING, now
    note_step(session, entry, kind="person_answered", now=now, actor=_actor(ring))
    call_off_telephones(session, entry, now=now)
    if entry.live_call_sid is None:
        _call_back(session, entry, now=now)
    else:
        move_caller(session, entry, now=now)


def _call_back(session: Session, entry: QueueEntry, *, now: dt.datetime) -> None:
    """The place is reached and an agent is there: ring whoever kept it."""
    if entry.contact_phone is None:
        return
    enqueue_message(
        session,
        event=f"queue:{entry.id}:call_back:{len(_list_rings(session, entry))}",
        recipient=f"customer:{entry.customer_id}" if entry.customer_id else f"number:{entry.contact_phone}",
        to_number=entry.contact_phone,
        language=entry.language,
        template=CALL_BACK_SCRIPT,
        values={"entry": entry.id},
        now=now,
        expires_at=now + CALL_BACK_WORTH,
        channel=MessageChannel.VOICE,
    )


def take_call_back_answer(session: Session, *, message: Message, is_accepted: bool, now: dt.datetime) -> bool:
    """Somebody who kept a place answers: bring them into the talk, or let the agent go. True when they are in it."""
    entry = lock_entry(session, message.values["entry"])
    if entry is None or entry.state not in TALK_STATES:
        return False
    if entry.call_back is not None:
        note_call_made(session, call_back=entry.call_back, by=name_last_agent(session, entry), now=now)
    if not is_accepted:
        close_entry(session, entry, end=QueueEnd.WENT_BACK, now=now)
        return False
    entry.live_call_sid = message.message_sid
    note_caller_in_talk(session, entry, now=now)
    return True


def note_call_back_unanswered(session: Session, *, message: Message, now: dt.datetime) -> None:
    """Nobody was there: the agent is let go; the promise to call stays on the desk, with its clock."""
    entry = lock_entry(session, message.values["entry"])
    if entry is not None and entry.state in TALK_STATES:
        close_entry(session, entry, end=QueueEnd.NOT_REACHED, now=now)


def find_call_back_entry(session: Session, *, message: Message) -> QueueEntry | None:
    """Return the entry whose talk this call back goes into, or None when it does not."""
    entry = session.get(QueueEntry, message.values["entry"])
    is_in = entry is not None and entry.state in TALK_STATES and entry.live_call_sid == message.message_sid
    return entry if is_in else None


def _end_rings_of_ended_calls(session: Session, *, now: dt.datetime) -> None:
    """Let agents out of talks whose leg is over, whichever webhook told us so."""
    over = session.scalars(
        select(AgentRing)
        .join(Call, Call.call_sid == AgentRing.call_sid)
        .where(AgentRing.result == RingResult.ACCEPTED, AgentRing.left_at.is_(None), Call.state == CallState.ENDED)
    ).all()
    for ring in over:
        leave_talk(session, ring=ring, now=now)


def _end_kept_places(session: Session, *, now: dt.datetime) -> None:
    """Free the places of those whom somebody at the desk has called back meanwhile."""
    called = session.scalars(
        select(QueueEntry.id)
        .join(QueueEntry.call_back)
        .where(QueueEntry.state == QueueState.WAITING, CallBack.made_at.is_not(None))
    ).all()
    for entry in filter(None, [lock_entry(session, entry_id) for entry_id in called]):
        close_entry(session, entry, end=QueueEnd.TALKED, now=now)


def _settle_lost_rings(session: Session, *, now: dt.datetime) -> None:
    """Decide about telephones of which nobody will tell us: refused, never sent, or with a lost webhook."""
    undecided = session.scalars(
        select(AgentRing)
        .join(AgentRing.message)
        .where(
            AgentRing.result.is_(None),
            or_(Message.state.in_(NEVER_RANG), AgentRing.rung_at < now - LOST_AFTER),
        )
    ).all()
    for ring in undecided:
        _decide(ring, RingResult.NOT_RUNG, now)
        entry = lock_entry(session, ring.entry_id)
        if entry is not None and entry.state is QueueState.WAITING:
            note_step(session, entry, kind="agent_not_rung", now=now, actor=_actor(ring))
            entry.next_ring_at = now


def _list_rings(session: Session, entry: QueueEntry) -> list[AgentRing]:
    return list(session.scalars(select(AgentRing).where(AgentRing.entry_id == entry.id).order_by(AgentRing.id)))


def _lock(session: Session, message: Message) -> tuple[QueueEntry, AgentRing]:
    ring = session.get_one(AgentRing, message.values["ring"])
    entry = lock_entry(session, ring.entry_id)
    assert entry is not None  # noqa: S101 - for the type checker: a ring always has its entry
    session.refresh(ring)
    return entry, ring


def _ring_time(entry: QueueEntry, figures: Figures) -> dt.timedelta:
    is_complaint = entry.line is QueueLine.COMPLAINT
    return dt.timedelta(seconds=figures.complaint_ring_seconds if is_complaint else figures.agent_ring_seconds)


def _decide(ring: AgentRing, result: RingResult, now: dt.datetime) -> None:
    ring.result, ring.decided_at = result, now


def _actor(ring: AgentRing) -> str:
    return f"agent:{ring.agent_id}" if ring.agent_id else f"duty:{ring.duty_turn_id}"
