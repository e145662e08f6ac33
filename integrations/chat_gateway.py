"""A chat gateway (WeChat and others) as a MessageProvider: a signed POST for each answer."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Set as AbstractSet

import requests

from integrations.connection_errors import sort_connection_error
from integrations.outside_answers import bounded_session
from outbox.sender import SendRefused, SendUncertain
from policies.signed_hooks import sign_hook

TIMEOUT_SECONDS = 10.0
MULTIPLE_CHOICES, BAD_REQUEST, TOO_MANY_REQUESTS, SERVER_ERROR = 300, 400, 429, 500
PAGE = "text/html"


class ChatGateway:
    """Posts `{"id", "to", "text"}` to a gateway, signed as its own to us are; a repeat has the same `id`."""

    def __init__(self, url: str, *, secret: str, http: requests.Session | None = None) -> None:
        self._url, self._secret, self._http = url, secret, http or bounded_session()

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        """Hand one message over; raise SendRefused or SendUncertain."""
        content = json.dumps({"id": f"onecall-{reference}", "to": to_number, "text": body}).encode()
        sent_at = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-OneCall-Timestamp": sent_at,
            "X-OneCall-Signature": sign_hook(secret=self._secret, sent_at=sent_at, body=content),
        }
        try:
            answer = self._http.post(
                self._url, data=content, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.exceptions.ConnectTimeout as error:
            raise SendRefused(f"no connection: {error}", is_permanent=False) from error
        except requests.exceptions.ConnectionError as error:
            raise sort_connection_error(error) from error
        except requests.exceptions.RequestException as error:
            raise SendUncertain(str(error)) from error
        if answer.status_code >= SERVER_ERROR:
            raise SendUncertain(f"gateway answered {answer.status_code}")
        if answer.status_code >= BAD_REQUEST:
            is_permanent = answer.status_code != TOO_MANY_REQUESTS
            raise SendRefused(f"gateway answered {answer.status_code}", is_permanent=is_permanent)
        is_page = answer.content and answer.headers.get("Content-Type", "").startswith(PAGE)
        if answer.status_code >= MULTIPLE_CHOICES or is_page:
            # Somebody else's answer: the page of a proxy, or the way to a page to sign in on.
            raise SendUncertain(f"gateway answered {answer.status_code} with what is no answer")
        return f"chat-{reference}"

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:  # noqa: ARG002
        """Return None: the gateway knows our id and drops what it has already."""
        return None
