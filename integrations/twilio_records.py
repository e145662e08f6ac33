"""What Twilio has on record of our texts and of texts to us, through its REST API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from operations.clients.carrier_records import CarrierAway, RecordedReceipt, RecordedText

MOST_LISTED = 500
INBOUND = "inbound"


class TwilioRecords:
    """A CarrierRecords."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find_receipt(self, *, message_sid: str) -> RecordedReceipt:
        """Return what became of a text of ours; raises CarrierAway."""
        with _named_troubles():
            message = self._client.messages(message_sid).fetch()
        code = message.error_code
        return RecordedReceipt(str(message.status), str(code) if code else None)

    def list_texts(self, *, to_number: str, since: dt.datetime) -> Sequence[RecordedText]:
        """Return what people wrote to this number since then, the oldest first; raises CarrierAway."""
        with _named_troubles():
            listed = self._client.messages.list(to=to_number, date_sent_after=since, limit=MOST_LISTED)
        texts = [
            RecordedText(str(one.sid), str(one.from_), str(one.body or ""))
            for one in listed
            if one.direction == INBOUND
        ]
        return texts[::-1]


@contextmanager
def _named_troubles() -> Iterator[None]:
    try:
        yield
    except (TwilioRestException, requests.exceptions.RequestException) as error:
        raise CarrierAway(str(error)) from error
