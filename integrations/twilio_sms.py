"""Texts through Twilio's REST API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set as AbstractSet

from twilio.rest import Client

from integrations.twilio_client import failed_look_ups, read_sid, sorted_errors


class TwilioSms:
    """A MessageProvider for texts. `public_base_url` is where delivery receipts come back to."""

    def __init__(
        self, client: Client, *, from_number: str, messaging_service_sid: str | None, public_base_url: str
    ) -> None:
        self._client = client
        self._from_number = from_number
        self._messaging_service_sid = messaging_service_sid
        self._public_base_url = public_base_url

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        """Hand one text over; raise SendRefused (temporary or permanent) or SendUncertain."""
        sender = (
            {"messaging_service_sid": self._messaging_service_sid}
            if self._messaging_service_sid
            else {"from_": self._from_number}
        )
        callback = f"{self._public_base_url}/sms/status?m={reference}"
        with sorted_errors():
            message = self._client.messages.create(to=to_number, body=body, status_callback=callback, **sender)
            return read_sid(message.sid)

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:
        """Look a text up by recipient, day and body; raise SendUncertain when Twilio cannot be asked."""
        with failed_look_ups():
            sent = self._client.messages.list(to=to_number, date_sent_after=since.date(), limit=50)
            same = [read_sid(message.sid) for message in sent if message.body == body]
        return next((sid for sid in same if sid not in other_than), None)
