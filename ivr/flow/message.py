"""What stands in for a person: a spoken message, a complaint, a promised call (H3, H7, H8, H12)."""

from __future__ import annotations

from ivr.flow.contact import ask_for_contact, lacks_contact
from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, record
from ivr.turn import Turn
from models import Complaint
from operations.aftercare.complaints import open_complaint
from operations.hotline.person_queue import find_next_opening
from operations.telephone.call_backs import promise_call_back
from operations.telephone.calls import note_outcome
from outbox.words import say_digits, say_instant
from policies.call_backs import CallBackReason
from policies.call_states import CallOutcome
from policies.complaints import ComplaintCategory
from policies.person_queue import QueueEnd

NO_MESSAGE_KEY = "1"
AFTER_THE_QUEUE = {
    QueueEnd.NOBODY_CAME: [Line("person_nobody_came")],
    QueueEnd.QUEUE_FULL: [Line("person_queue_full")],
}
"""Why somebody who was to wait for a person comes to the tone; who left by a key of theirs knows."""


def enter_voicemail(turn: Turn) -> Reply:
    """Say why there is nobody to talk to, and when we call back, and listen.

    Who asked for a message hears no reason. Who was in the queue, or found it full, is not told that the desk is
    closed: somebody is there, and did not come.
    """
    turn.remember(message_for="request")
    minutes = {"minutes": turn.figures.voicemail_callback_minutes}
    reason = _say_opening(turn) if (end := turn.recall("queue_end")) is None else AFTER_THE_QUEUE.get(end, [])
    is_explained = bool(reason) or end is not None
    lines = [*reason, Line("voicemail_chosen" if is_explained else "voicemail", minutes)]
    if turn.contact_phone is None:
        lines.append(Line("say_your_number"))
    return _listen(turn, *lines)


def _say_opening(turn: Turn) -> list[Line]:
    opens = find_next_opening(turn.session, now=turn.now)
    if opens is None:
        return []
    opening = say_instant(opens.at, now=turn.now, time_zone=opens.time_zone, language=turn.language)
    return [Line("office_opens", {"opening": opening})]


def answer_voicemail(turn: Turn, key: str) -> str:  # noqa: ARG001 - there is one key
    """Nothing is recorded; we call back all the same, and ask for a number when we have none."""
    promise_call_back(turn.session, call=turn.call, reason=CallBackReason.PERSON, now=turn.now)
    note_outcome(turn.call, CallOutcome.CALL_BACK)
    say_call_back_promised(turn)
    return ask_for_contact(turn, "closing")


def enter_complaint(turn: Turn) -> Reply | str:
    """Record the complaint before a word is said, so that a lost call loses nothing; then a person, or listen."""
    category = ComplaintCategory(turn.recall("about"))
    complaint = open_complaint(turn.session, call=turn.call, category=category, house=turn.house, now=turn.now)
    note_outcome(turn.call, CallOutcome.COMPLAINT)
    if turn.recall("complaint_id") != complaint.id:
        turn.remember(message_for="complaint", complaint_id=complaint.id, complaint_waits=complaint.id)
        return "person"
    if lacks_contact(turn):
        # An answer was promised: it needs a number to go to.
        return ask_for_contact(turn, "complaint_message")
    number = say_digits(complaint.number, language=turn.language)
    lines = [Line("complaint_message", {"number": number, "hours": turn.figures.complaint_hours})]
    if turn.contact_phone is None:
        lines.append(Line("say_your_number"))
    return _listen(turn, *lines)


def answer_complaint(turn: Turn, key: str) -> str:  # noqa: ARG001 - there is one key
    """The complaint stands without a spoken message."""
    say_complaint_recorded(turn)
    return "closing"


def enter_call_back(turn: Turn) -> Reply | str:
    """Promise to call back, and listen to what it is about; somebody without a number is asked for one first."""
    reason = CallBackReason(turn.recall("about"))
    promise_call_back(turn.session, call=turn.call, reason=reason, now=turn.now)
    note_outcome(turn.call, CallOutcome.CALL_BACK)
    turn.remember(message_for="call_back")
    minutes = {"minutes": turn.figures.voicemail_callback_minutes}
    if lacks_contact(turn):
        return ask_for_contact(turn, "call_back")
    return _listen(turn, Line("call_back" if turn.contact_phone else "call_back_no_number", minutes))


def answer_call_back(turn: Turn, key: str) -> str:  # noqa: ARG001 - there is one key
    """The promise stands without a spoken message."""
    say_call_back_promised(turn)
    return "closing"


def say_complaint_recorded(turn: Turn) -> None:
    """Say the complaint's number, and by when it is answered."""
    complaint = turn.session.get_one(Complaint, turn.recall("complaint_id"))
    number = say_digits(complaint.number, language=turn.language)
    turn.say_first("complaint_done", number=number, hours=turn.figures.complaint_hours)


def say_call_back_promised(turn: Turn) -> None:
    """Say by when we call."""
    turn.say_first("call_back_done", minutes=turn.figures.voicemail_callback_minutes)


def _listen(turn: Turn, *lines: Line) -> Reply:
    """Listen after the tone, having said that it is recorded; whoever can be called may do without (H14)."""
    if turn.contact_phone is None and turn.recall("contact_refused"):
        return record(*lines)
    return record(*lines, Line("no_message", {"key": NO_MESSAGE_KEY}), keys=(NO_MESSAGE_KEY,))


VOICEMAIL = Node("voicemail", enter_voicemail, answer_voicemail, goes_back=False)
COMPLAINT_MESSAGE = Node("complaint_message", enter_complaint, answer_complaint, goes_back=False)
CALL_BACK = Node("call_back", enter_call_back, answer_call_back, goes_back=False)
