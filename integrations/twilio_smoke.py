"""One call and one text through the real Twilio, for `flask live-smoke`."""

from __future__ import annotations

from twilio.rest import Client

from integrations.twilio_client import read_sid, sorted_errors

EVENTS = ["initiated", "ringing", "answered", "completed"]


class TwilioSmoke:
    """Both methods raise SendRefused or SendUncertain."""

    def __init__(
        self, client: Client, *, from_number: str, messaging_service_sid: str | None, public_base_url: str
    ) -> None:
        self._client = client
        self._from_number = from_number
        self._messaging_service_sid = messaging_service_sid
        self._public_base_url = public_base_url

    def call(self, *, to_number: str) -> str:
        """Let a telephone ring that hears the hotline's menu; return the call's sid."""
        with sorted_errors():
            call = self._client.calls.create(
                to=to_number,
                from_=self._from_number,
                url=f"{self._public_base_url}/ivr/answer",
                status_callback=f"{self._public_base_url}/ivr/call-status",
                status_callback_event=EVENTS,
            )
            return read_sid(call.sid)

    def text(self, *, to_number: str, body: str) -> str:
        """Send one text; return the message's sid."""
        service = self._messaging_service_sid
        sender = {"messaging_service_sid": service} if service else {"from_": self._from_number}
        with sorted_errors():
            message = self._client.messages.create(
                to=to_number, body=body, status_callback=f"{self._public_base_url}/sms/status?m=0", **sender
            )
            return read_sid(message.sid)
