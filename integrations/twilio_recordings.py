"""Recordings at Twilio: started, paused and resumed while people talk, fetched to be heard, erased for good."""

from __future__ import annotations

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from integrations.outside_answers import bounded_session
from integrations.twilio_client import TIMEOUT_SECONDS, TWILIO_API, UNUSABLE, read_sid
from operations.clients.recording_store import RecordingUnavailable

NOT_FOUND = 404
PAUSE_WITHOUT_SOUND = "skip"
MOST_BYTES, WHOLE_SECONDS = 128 * 2**20, 60.0
"""A recording of two hours at Twilio's 16,000 bytes a second, and how long somebody waits to hear it."""
WAV = b"RIFF"


class TwilioRecordings:
    """A RecordingStore. `public_base_url` is where Twilio says that a recording is ready."""

    def __init__(
        self,
        client: Client,
        *,
        public_base_url: str,
        api_base_url: str | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self._client = client
        self._api_base_url = api_base_url or TWILIO_API
        self._session = session or bounded_session(most_bytes=MOST_BYTES, whole_seconds=WHOLE_SECONDS)
        self._public_base_url = public_base_url

    def start(self, *, call_sid: str) -> str:
        """Record a call that is going on; return the recording's sid, or raise RecordingUnavailable."""
        try:
            recording = self._client.calls(call_sid).recordings.create(
                recording_status_callback=f"{self._public_base_url}/ivr/recording-status",
                recording_status_callback_event=["completed", "absent"],
            )
            return read_sid(recording.sid)
        except UNUSABLE as error:
            raise RecordingUnavailable(str(error)) from error

    def pause(self, *, call_sid: str, recording_sid: str) -> None:
        """Keep nothing of what is said from now on; raise RecordingUnavailable."""
        self._update(call_sid, recording_sid, status="paused", pause_behavior=PAUSE_WITHOUT_SOUND)

    def resume(self, *, call_sid: str, recording_sid: str) -> None:
        """Record again; raise RecordingUnavailable."""
        self._update(call_sid, recording_sid, status="in-progress")

    def fetch(self, *, recording_sid: str) -> bytes:
        """Return the sound as WAV; raise RecordingUnavailable."""
        client = self._client
        account = f"{self._api_base_url}/2010-04-01/Accounts/{client.account_sid}"
        try:
            # Twilio's own client decodes every answer as text.
            answer = self._session.get(
                f"{account}/Recordings/{recording_sid}.wav",
                auth=(str(client.username), str(client.password)),
                timeout=TIMEOUT_SECONDS,
            )
            answer.raise_for_status()
        except UNUSABLE as error:
            raise RecordingUnavailable(str(error)) from error
        sound = bytes(answer.content)
        if not sound.startswith(WAV):
            raise RecordingUnavailable("what came is no sound")
        return sound

    def erase(self, *, recording_sid: str) -> None:
        """Erase a recording; one that is gone already is fine. Raise RecordingUnavailable."""
        try:
            self._client.recordings(recording_sid).delete()
        except UNUSABLE as error:
            if not isinstance(error, TwilioRestException) or error.status != NOT_FOUND:
                raise RecordingUnavailable(str(error)) from error

    def _update(self, call_sid: str, recording_sid: str, **fields: str) -> None:
        try:
            self._client.calls(call_sid).recordings(recording_sid).update(**fields)
        except UNUSABLE as error:
            raise RecordingUnavailable(str(error)) from error
