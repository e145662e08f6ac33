"""Recordings are erased when their time is over, at Twilio too (H14, S1)."""

from __future__ import annotations

import structlog

from jobs.left_undone import LeftUndone
from operations.clients.recording_store import RecordingUnavailable
from operations.clients.services import Services
from operations.telephone.recordings import list_expired_recordings, note_erased

log = structlog.get_logger()


def erase_old_recordings(services: Services) -> int:
    """Erase first at Twilio, then here. LeftUndone for those that could not be now: the next run tries them again."""
    with services.database.reading() as session:
        expired = [(one.id, one.recording_sid) for one in list_expired_recordings(session, now=services.now())]
    erased = 0
    for recording_id, recording_sid in expired:
        try:
            if recording_sid:
                services.recordings.erase(recording_sid=recording_sid)
        except RecordingUnavailable as failure:
            log.warning("recording not erased yet", recording=recording_id, why=str(failure))
            continue
        with services.database.writing() as session:
            note_erased(session, recording_id=recording_id, now=services.now())
        erased += 1
    if erased < len(expired):
        raise LeftUndone(len(expired) - erased, "recordings whose time is over and that could not be erased")
    return erased
