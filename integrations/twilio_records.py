"""What Twilio has on record of our texts and of texts to us, through its REST API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from integrations.twilio_client import UNUSABLE, read_sid
from operations.clients.carrier_records import CarrierAway, RecordedReceipt, RecordedText
from policies.storable_text import make_storable

MOST_LISTED = 500
INBOUND = "inbound"
NOT_FOUND = 404


class TwilioRecords:
    """A CarrierRecords."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find_receipt(self, *, message_sid: str) -> RecordedReceipt | None:
        """Return what became of a text of ours, None for one Twilio has forgotten; raises CarrierAway."""
        with _named_troubles():
            try:
                message = self._client.messages(message_sid).fetch()
            except TwilioRestException as error:
                if error.status == NOT_FOUND:
                    return None
                raise
            code = message.error_code
            return RecordedReceipt(str(message.status), str(int(code)) if code else None)

    def list_texts(self, *, to_number: str, since: dt.datetime) -> Sequence[RecordedText]:
        """Return what people wrote to this number since then, the oldest first; raises CarrierAway."""
        with _named_troubles():
            listed = self._client.messages.list(to=to_number, date_sent_after=since, limit=MOST_LISTED)
            texts = [
                RecordedText(read_sid(one.sid), _text(one.from_), _text(one.body or ""))
                for one in listed
                if one.direction == INBOUND
            ]
        return texts[::-1]


@contextmanager
def _named_troubles() -> Iterator[None]:
    try:
        yield
    except UNUSABLE as error:
        raise CarrierAway(str(error)) from error


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise TypeError(f"{said!r:.40} is no text")
    return make_storable(said)
