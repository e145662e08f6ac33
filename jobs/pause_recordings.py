"""Only the talk with somebody of ours is recorded: no music, and no menu where digits are keyed (H14)."""

from __future__ import annotations

import structlog

from jobs.left_undone import LeftUndone
from operations.clients.recording_store import RecordingUnavailable
from operations.clients.services import Services
from operations.telephone.recordings import RecordingTurn, list_recording_turns, note_turned

log = structlog.get_logger()


def pause_recordings(services: Services) -> int:
    """Pause recordings whose talk has stopped, resume those whose talk goes on or whose pause is over.

    What fails is tried again at the next run, a second later; LeftUndone says how much that is.
    """
    with services.database.reading() as session:
        turns = list_recording_turns(session, now=services.now())
    turned = sum(_turn(services, turn) for turn in turns)
    if turned < len(turns):
        raise LeftUndone(len(turns) - turned, "recordings that could be neither paused nor resumed")
    return turned


def _turn(services: Services, turn: RecordingTurn) -> bool:
    change = services.recordings.resume if turn.goes_on else services.recordings.pause
    try:
        change(call_sid=turn.call_sid, recording_sid=turn.recording_sid)
    except RecordingUnavailable as failure:
        log.warning("recording neither paused nor resumed yet", recording=turn.recording_id, why=str(failure))
        return False
    with services.database.writing() as session:
        note_turned(session, turn=turn, now=services.now())
    return True
