"""What stands in for a person: a spoken message, a complaint, a promised call (H3, H7, H8, H12)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, record
from ivr.turn import Turn
from operations.call_backs import promise_call_back
from operations.calls import note_outcome
from operations.complaints import open_complaint
from outbox.words import say_digits
from policies.call_backs import CallBackReason
from policies.call_states import CallOutcome
from policies.complaints import ComplaintCategory


def enter_voicemail(turn: Turn) -> Reply:
    """Say that nobody can answer now, when we call back, and listen."""
    turn.remember(message_for="request")
    said = Line("voicemail", {"minutes": turn.figures.voicemail_callback_minutes})
    return record(said) if turn.contact_phone else record(Line("say_your_number"), said)


def enter_complaint(turn: Turn) -> Reply | str:
    """Record the complaint before a word is said, so that a lost call loses nothing; then a person, or listen."""
    category = ComplaintCategory(turn.recall("about"))
    complaint = open_complaint(turn.session, call=turn.call, category=category, house=turn.house, now=turn.now)
    note_outcome(turn.call, CallOutcome.COMPLAINT)
    if turn.recall("complaint_id") != complaint.id:
        turn.remember(message_for="complaint", complaint_id=complaint.id, complaint_waits=complaint.id)
        return "person"
    number = say_digits(complaint.number, language=turn.language)
    return record(Line("complaint_message", {"number": number, "hours": turn.figures.complaint_hours}))


def enter_call_back(turn: Turn) -> Reply | str:
    """Promise to call back, and listen to what it is about; somebody without a number is asked for one first."""
    reason = CallBackReason(turn.recall("about"))
    promise_call_back(turn.session, call=turn.call, reason=reason, now=turn.now)
    note_outcome(turn.call, CallOutcome.CALL_BACK)
    turn.remember(message_for="call_back")
    minutes = {"minutes": turn.figures.voicemail_callback_minutes}
    if turn.contact_phone is None and not turn.recall("contact_refused"):
        turn.remember(after_contact="call_back")
        return "contact_number"
    return record(Line("call_back", minutes) if turn.contact_phone else Line("call_back_no_number", minutes))


def listen_again(turn: Turn, key: str) -> str:  # noqa: ARG001 - keys mean nothing while recording
    """Listen again."""
    return turn.call.node


VOICEMAIL = Node("voicemail", enter_voicemail, listen_again, goes_back=False)
COMPLAINT_MESSAGE = Node("complaint_message", enter_complaint, listen_again, goes_back=False)
CALL_BACK = Node("call_back", enter_call_back, listen_again, goes_back=False)
