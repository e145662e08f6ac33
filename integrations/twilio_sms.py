"""Texts through Twilio's REST API, with its answers sorted into taken, refused and uncertain (DESIGN rule 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set as AbstractSet
from typing import Any

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from outbox.sender import SendRefused, SendUncertain

TWILIO_API = "https://api.twilio.com"
TIMEOUT_SECONDS = 10.0
BAD_REQUEST = 400
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500


class _RedirectedHttpClient(TwilioHttpClient):
    """Twilio's own client with a time-out (its default is none) and an exchangeable host."""

    def __init__(self, api_base_url: str) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS, max_retries=0)
        self._api_base_url = api_base_url.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - as Twilio's
        """Send the request to the configured host."""
        return super().request(method, url.replace(TWILIO_API, self._api_base_url, 1), *args, **kwargs)


class TwilioSms:
    """An SmsProvider. `public_base_url` is where delivery receipts come back to; `http_client` is for tests."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str,
        messaging_service_sid: str | None,
        api_base_url: str | None,
        public_base_url: str,
        http_client: HttpClient | None = None,
    ) -> None:
        self._from_number = from_number
        self._messaging_service_sid = messaging_service_sid
        self._public_base_url = public_base_url
        http = http_client or _RedirectedHttpClient(api_base_url or TWILIO_API)
        self._client = Client(account_sid, auth_token, http_client=http)

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        """Hand one text over; raise SendRefused (temporary or permanent) or SendUncertain."""
        sender = (
            {"messaging_service_sid": self._messaging_service_sid}
            if self._messaging_service_sid
            else {"from_": self._from_number}
        )
        callback = f"{self._public_base_url}/sms/status?m={reference}"
        try:
            message = self._client.messages.create(to=to_number, body=body, status_callback=callback, **sender)
        except TwilioRestException as error:
            raise _sort(error) from error
        except requests.exceptions.ConnectTimeout as error:
            raise SendRefused(f"no connection: {error}", is_permanent=False) from error
        except requests.exceptions.ConnectionError as error:
            raise _sort_connection_error(error) from error
        except requests.exceptions.RequestException as error:
            raise SendUncertain(str(error)) from error
        return str(message.sid)

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:
        """Look a text up by recipient, day and body; raise SendUncertain when Twilio cannot be asked."""
        try:
            sent = self._client.messages.list(to=to_number, date_sent_after=since.date(), limit=50)
        except (TwilioRestException, requests.exceptions.RequestException) as error:
            raise SendUncertain(f"could not be looked up: {error}") from error
        same = (str(message.sid) for message in sent if message.body == body)
        return next((sid for sid in same if sid not in other_than), None)


def _sort(error: TwilioRestException) -> SendRefused | SendUncertain:
    if error.status == TOO_MANY_REQUESTS:
        return SendRefused("too many requests (20429)", is_permanent=False)
    if error.status >= SERVER_ERROR:
        return SendUncertain(f"Twilio answered {error.status}")
    # Only what is wrong with this text stays wrong; a wrong token or a suspended account is put right by a person.
    return SendRefused(f"{error.code}: {error.msg}", is_permanent=error.status == BAD_REQUEST)


def _sort_connection_error(error: requests.exceptions.ConnectionError) -> SendRefused | SendUncertain:
    # urllib3 says these only before the first byte; anything later may have been taken.
    if any(words in str(error) for words in ("Failed to establish a new connection", "Failed to resolve")):
        return SendRefused("no connection", is_permanent=False)
    return SendUncertain(str(error))
