"""Messages spoken by a call through Twilio's REST API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set as AbstractSet

from twilio.rest import Client

from integrations.twilio_client import failed_look_ups, read_sid, sorted_errors

RING_SECONDS = 30
"""Six rings in most networks; long enough to wake somebody, short enough that voicemail seldom answers first."""
PROGRESS_EVENTS = ["answered", "completed"]


class TwilioVoice:
    """A MessageProvider for calls. What the call says, and what a key does, is asked for at `public_base_url`."""

    def __init__(self, client: Client, *, from_number: str, public_base_url: str) -> None:
        self._client = client
        self._from_number = from_number
        self._public_base_url = public_base_url

    def send(self, *, to_number: str, body: str, reference: str) -> str:  # noqa: ARG002 - the script says it
        """Let the phone ring; raise SendRefused (temporary or permanent) or SendUncertain."""
        address = f"{self._public_base_url}/ivr/outgoing/{reference}"
        with sorted_errors():
            call = self._client.calls.create(
                to=to_number,
                from_=self._from_number,
                url=address,
                fallback_url=f"{self._public_base_url}/ivr/fallback/outgoing",
                timeout=RING_SECONDS,
                status_callback=f"{address}/status",
                status_callback_event=PROGRESS_EVENTS,
                # Beside the call, so that a person waits for nothing; what it says decides nothing.
                machine_detection="DetectMessageEnd",
                async_amd="true",
                async_amd_status_callback=f"{address}/machine",
            )
            return read_sid(call.sid)

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:  # noqa: ARG002
        """Look a call up by number and time; raise SendUncertain when Twilio cannot be asked."""
        with failed_look_ups():
            made = self._client.calls.list(to=to_number, from_=self._from_number, start_time_after=since, limit=50)
            sids = [read_sid(call.sid) for call in made]
        return next((sid for sid in sids if sid not in other_than), None)
