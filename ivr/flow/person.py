"""A person: the place in the queue, and where a caller who asked for one belongs now (H8, H12)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, hold, join, wait
from ivr.turn import Turn
from models import QueueEntry
from operations.hotline.person_queue import ask_for_person, find_last_entry, note_caller_in_talk, room_name
from policies.person_queue import QueueEnd, QueueLine, QueueState

AFTER = {QueueEnd.TALKED: "closing", QueueEnd.WENT_BACK: "main"}
"""Where a caller goes from the queue; to a spoken message in every other case."""


MESSAGES = {QueueLine.SERVICE: "voicemail", QueueLine.COMPLAINT: "complaint_message"}
"""What stands in for a person."""


def enter_person(turn: Turn) -> Reply | str:
    """The one way to a person, from everywhere: a place in the queue, or a message when nobody takes calls."""
    complaint_id = turn.recall("complaint_waits")
    line = QueueLine.SERVICE if complaint_id is None else QueueLine.COMPLAINT
    turn.remember(complaint_waits=None, queue_end=None)
    entry = ask_for_person(turn.session, call=turn.call, line=line, complaint_id=complaint_id, now=turn.now)
    return MESSAGES[line] if entry is None else _place(turn, entry)


def find_way_on(turn: Turn) -> Reply | str:
    """Where a caller belongs whose waiting, holding or talking has just ended or is to go on elsewhere."""
    entry = find_last_entry(turn.session, call=turn.call)
    if entry is None:
        return "person"
    if entry.state is QueueState.OVER:
        turn.remember(queue_end=entry.end)
        return AFTER.get(entry.end or QueueEnd.NOBODY_CAME, MESSAGES[entry.line])
    if entry.live_call_sid != turn.call.call_sid:
        turn.say_first("person_place_kept")
        return "closing"
    return _place(turn, entry)


def _place(turn: Turn, entry: QueueEntry) -> Reply:
    onward = f"/ivr/person/{entry.id}/next"
    if entry.state is QueueState.TALKING:
        # Whoever comes back into the room, because another leg ended it, hears no second greeting.
        greeting = () if entry.talk_from_at else (Line("person_connected"),)
        note_caller_in_talk(turn.session, entry, now=turn.now)
        return join(*greeting, room=room_name(entry.id), onward=onward)
    if entry.state is QueueState.ON_HOLD:
        return hold(Line("person_hold"), onward=onward)
    asked = Line("person_wait_complaint") if entry.line is QueueLine.COMPLAINT else Line("person_wait")
    return wait(asked, queue=str(entry.line), onward=onward)


def stay(turn: Turn, key: str) -> str:  # noqa: ARG001 - keys are taken by the wait document
    """Stay."""
    return "person"


PERSON = Node("person", enter_person, stay, goes_back=False)
