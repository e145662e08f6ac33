"""Twilio's REST client with bounds and an exchangeable host, and what its answers and errors mean (DESIGN rule 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from integrations.connection_errors import sort_connection_error
from integrations.outside_answers import NONSENSE, bounded_session
from outbox.sender import SendRefused, SendUncertain

TWILIO_API = "https://api.twilio.com"
TIMEOUT_SECONDS = 10.0
BAD_REQUEST = 400
UNSUBSCRIBED = 21610
PASSING_CODES = (20429, 21611, 63018)
"""Too much at once, whatever the status: the queue of a number is full, or WhatsApp's rate is reached."""
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
UNUSABLE = (TwilioException, requests.exceptions.RequestException, *NONSENSE)
"""Whatever asking Twilio can end in that is no answer: the library reads wherever the answer leads it."""
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")


class _RedirectedHttpClient(TwilioHttpClient):
    """Twilio's own client with a time-out and bounds (its defaults are none) and an exchangeable host."""

    def __init__(self, api_base_url: str) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS, max_retries=0)
        self._api_base_url = api_base_url.rstrip("/")
        self.session = bounded_session()

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - as Twilio's
        """Send the request to the configured host."""
        return super().request(method, url.replace(TWILIO_API, self._api_base_url, 1), *args, **kwargs)


def open_client(
    *, account_sid: str, auth_token: str, api_base_url: str | None = None, http_client: HttpClient | None = None
) -> Client:
    """Return a client of Twilio's REST API; `api_base_url` names a stand-in, `http_client` is for tests."""
    http = http_client or _RedirectedHttpClient(api_base_url or TWILIO_API)
    return Client(account_sid, auth_token, http_client=http)


@contextmanager
def sorted_errors() -> Iterator[None]:
    """Turn what goes wrong while handing something over into SendRefused or SendUncertain."""
    try:
        yield
    except TwilioRestException as error:
        raise _sort(error) from error
    except requests.exceptions.ConnectTimeout as error:
        raise SendRefused(f"no connection: {error}", is_permanent=False) from error
    except requests.exceptions.ConnectionError as error:
        raise sort_connection_error(error) from error
    except UNUSABLE as error:
        # Something came back that nobody can read: it may have been taken all the same.
        raise SendUncertain(f"{type(error).__name__}: {error}") from error


@contextmanager
def failed_look_ups() -> Iterator[None]:
    """Turn whatever goes wrong while looking something up into SendUncertain."""
    try:
        yield
    except UNUSABLE as error:
        raise SendUncertain(f"could not be looked up: {error}") from error


def read_sid(said: object) -> str:
    """Return Twilio's name for something, told by Twilio; ValueError for what is none, such as no name at all."""
    if not isinstance(said, str) or not _SID.fullmatch(said):
        raise ValueError(f"{said!r:.40} is no sid")
    return said


def _sort(error: TwilioRestException) -> SendRefused | SendUncertain:
    if error.status == TOO_MANY_REQUESTS or error.code in PASSING_CODES:
        return SendRefused(f"too many requests ({error.code})", is_permanent=False)
    if error.status >= SERVER_ERROR:
        return SendUncertain(f"Twilio answered {error.status}")
    # Only what is wrong with this message stays wrong; a wrong token or a suspended account is put right by a person.
    is_permanent, is_unwanted = error.status == BAD_REQUEST, error.code == UNSUBSCRIBED
    return SendRefused(f"{error.code}: {error.msg}", is_permanent=is_permanent, is_unwanted=is_unwanted)
