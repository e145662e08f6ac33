"""What keeps recordings: Twilio, behind a protocol (H14)."""

from __future__ import annotations

from typing import Protocol


class RecordingUnavailable(RuntimeError):
    """The recording could not be reached or changed now; trying again later may help."""


class RecordingStore(Protocol):
    """Recordings by their sid. Every method raises RecordingUnavailable."""

    def start(self, *, call_sid: str) -> str:
        """Record a call that is going on, and return the recording's sid."""
        ...

    def pause(self, *, call_sid: str, recording_sid: str) -> None:
        """Keep nothing of what is said from now on."""
        ...

    def resume(self, *, call_sid: str, recording_sid: str) -> None:
        """Record again."""
        ...

    def fetch(self, *, recording_sid: str) -> bytes:
        """Return the sound as WAV."""
        ...

    def erase(self, *, recording_sid: str) -> None:
        """Erase it; one that is gone already is fine."""
        ...
