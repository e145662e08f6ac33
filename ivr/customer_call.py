"""What a customer hears whom we call, and what their keys do (H15, F2): one or two questions, and a way to more.

Who presses nothing may be a machine: it gets a short message that names nothing but us and our number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ivr.prompts import Line
from ivr.reply import Reply, choice, hang_up, lead
from models import Call, CustomerCall, Message
from operations.aftercare.own_requests import open_repeat
from operations.aftercare.surveys import note_score
from operations.foundation.house import House
from operations.hotline.customer_calls import DUE, LEFT, SAID, find_customer_call, note_reached, stop_calling
from operations.hotline.outgoing_calls import note_key
from operations.telephone.calls import take_up
from outbox.words import say_digits, say_phone
from policies.channels import Channel
from policies.customer_calls import CustomerCallKind
from policies.phone_numbers import national_groups
from policies.surveys import LOW_SCORE, SCORES

PERSON_KEY, STOP_KEY, AGAIN_KEY = "0", "9", "3"
KEYS = ("1", "2", AGAIN_KEY, STOP_KEY, PERSON_KEY)
STEP, MISSES = "step", "misses"
SCORE = "score"
TIMES_SAID = 2


@dataclass(frozen=True, slots=True)
class _Talk:
    """One call to a customer as far as its turns need it."""

    session: Session
    message: Message
    call: Call
    ours: CustomerCall
    house: House
    now: dt.datetime

    def remember(self, **values: Any) -> None:  # noqa: ANN401 - plain JSON
        # A new dictionary each time: the column is plain JSON and sees only assignments.
        self.call.memory = {**self.call.memory, **values}

    def reached(self, **answers: Any) -> None:  # noqa: ANN401
        note_reached(self.session, customer_call=self.ours, answers=answers, now=self.now)


def answer_customer(
    session: Session, *, message: Message, call: Call, key: str, house: House, now: dt.datetime
) -> Reply:
    """Take a key of a customer we called, or its absence, and return what is said next."""
    talk = _Talk(session, message, call, find_customer_call(session, message=message), house, now)
    is_scoring = call.memory.get(STEP) == SCORE
    keys = (*SCORES, PERSON_KEY) if is_scoring else KEYS
    if key in keys:
        note_key(session, message=message, call=call, key=key, now=now)
        talk.remember(**{MISSES: 0})
        return _take_score(talk, key) if is_scoring and key != PERSON_KEY else _take(talk, key)
    if call.memory.get(LEFT) == DUE:
        # Detection heard a machine's tone: from here on it records. A person it was wrong about still has their keys.
        talk.remember(**{LEFT: SAID})
        return choice(_short_message(talk), keys=keys)
    misses = call.memory.get(MISSES, -1) + 1
    talk.remember(**{MISSES: misses})
    if misses >= TIMES_SAID or call.memory.get(LEFT) == SAID:
        return hang_up(Line("customer_call_bye") if call.memory.get(LEFT) == SAID else _short_message(talk))
    return _ask_score(talk) if is_scoring else _say(talk)


def _say(talk: _Talk) -> Reply:
    words = Line("verbatim", {"text": talk.message.body})
    return choice(words, Line(f"customer_{talk.ours.kind}_keys"), Line("customer_call_keys"), keys=KEYS)


def _short_message(talk: _Talk) -> Line:
    groups = national_groups(talk.house.hotline_number)
    hotline = say_phone("".join(groups), groups=groups, language=talk.ours.language)
    return Line("customer_call_message", {"digits": hotline})


def _take(talk: _Talk, key: str) -> Reply:
    if key == AGAIN_KEY:
        return _say(talk)
    if key == STOP_KEY:
        stop_calling(talk.session, customer_call=talk.ours, now=talk.now)
        return hang_up(Line("customer_call_stopped"))
    if key == PERSON_KEY:
        talk.reached(person=True)
        return _go_on_in_menu(talk, "person")
    return _TAKEN[talk.ours.kind, key](talk)


def _ask_score(talk: _Talk) -> Reply:
    talk.remember(**{STEP: SCORE, MISSES: 0})
    return choice(Line("customer_score_keys"), keys=(*SCORES, PERSON_KEY))


def _take_solved(talk: _Talk) -> Reply:
    talk.reached(solved=True)
    return _ask_score(talk)


def _take_not_solved(talk: _Talk) -> Reply:
    """Not solved: the second repair is opened in the same call, and its window chosen."""
    talk.reached(solved=False)
    assert talk.ours.request is not None  # noqa: S101 - a visit has its request
    request = open_repeat(
        talk.session,
        request=talk.ours.request,
        channel=Channel.HOTLINE,
        language=talk.ours.language,
        opened_at=talk.call.started_at,
        now=talk.now,
        contact_phone=talk.ours.to_number,
    )
    take_up(talk.call, request)
    number = say_digits(request.number, language=talk.ours.language)
    return _go_on_in_menu(talk, "offer", Line("repeat_opened", {"number": number}))


def _take_score(talk: _Talk, key: str) -> Reply:
    assert talk.ours.visit is not None  # noqa: S101 - a follow-up is about a visit
    score = int(key)
    note_score(
        talk.session,
        visit=talk.ours.visit,
        score=score,
        channel=Channel.HOTLINE,
        contact_phone=talk.ours.to_number,
        house=talk.house,
        now=talk.now,
    )
    talk.reached(score=score)
    return hang_up(Line("customer_score_low" if score <= LOW_SCORE else "customer_score_thanks"))


def _take_heard(talk: _Talk) -> Reply:
    talk.reached(heard=True)
    return hang_up(Line("notice_heard"))


def _change_visit(talk: _Talk) -> Reply:
    talk.reached(heard=True, change=True)
    assert talk.ours.request is not None  # noqa: S101 - only visits have such calls
    take_up(talk.call, talk.ours.request)
    return _go_on_in_menu(talk, "request")


def _take_help(talk: _Talk) -> Reply:
    talk.reached(content=False)
    return _go_on_in_menu(talk, "main")


def _take_content(talk: _Talk) -> Reply:
    talk.reached(content=True)
    return hang_up(Line("customer_care_thanks"))


def _choose_time(talk: _Talk) -> Reply:
    """The owner of a recalled machine hears windows in the same call."""
    talk.reached(choose=True)
    assert talk.ours.request is not None  # noqa: S101 - a recall that is called about has its request
    take_up(talk.call, talk.ours.request)
    return _go_on_in_menu(talk, "offer")


def _choose_later(talk: _Talk) -> Reply:
    talk.reached(choose=False)
    return hang_up(Line("customer_recall_later"))


def _go_on_in_menu(talk: _Talk, node: str, *lines: Line) -> Reply:
    """Lead the customer into the hotline's own menu: from here on it is a call like any other."""
    talk.call.node = node
    talk.remember(skip=[], rounds=1, span=None, is_beyond=False, trail=[], misses=0)
    return lead(*lines, onward=f"/ivr/step/{node}?turn=in")


_TAKEN: Mapping[tuple[CustomerCallKind, str], Callable[[_Talk], Reply]] = {
    (CustomerCallKind.FOLLOW_UP, "1"): _take_solved,
    (CustomerCallKind.FOLLOW_UP, "2"): _take_not_solved,
    (CustomerCallKind.REMINDER, "1"): _take_heard,
    (CustomerCallKind.REMINDER, "2"): _change_visit,
    (CustomerCallKind.NOTICE, "1"): _take_heard,
    (CustomerCallKind.NOTICE, "2"): _change_visit,
    (CustomerCallKind.CARE, "1"): _take_content,
    (CustomerCallKind.CARE, "2"): _take_help,
    (CustomerCallKind.RECALL, "1"): _choose_time,
    (CustomerCallKind.RECALL, "2"): _choose_later,
}
