"""Live legs of calls, moved and ended through Twilio's REST API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from integrations.twilio_client import BAD_REQUEST, UNUSABLE
from operations.foundation.line_orders import OrderRefused

NOT_FOUND = 404


class TwilioLines:
    """A LineControl. Doing the same twice does no harm, so whatever is in doubt is simply done again."""

    def __init__(self, client: Client, *, public_base_url: str) -> None:
        self._client = client
        self._public_base_url = public_base_url

    def move(self, call_sid: str, *, path: str) -> None:
        """Let the leg ask for the document at this path."""
        with _sorted_refusals():
            self._client.calls(call_sid).update(url=f"{self._public_base_url}{path}", method="POST")

    def end(self, call_sid: str) -> None:
        """Hang the leg up; one that still rings stops ringing."""
        with _sorted_refusals():
            self._client.calls(call_sid).update(status="completed")


@contextmanager
def _sorted_refusals() -> Iterator[None]:
    try:
        yield
    except TwilioRestException as error:
        # 21220: the call is over; 20404: there never was one.
        raise OrderRefused(str(error), is_permanent=error.status in {BAD_REQUEST, NOT_FOUND}) from error
    except UNUSABLE as error:
        raise OrderRefused(str(error), is_permanent=False) from error
