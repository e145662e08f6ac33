"""One question to a road service over HTTP: bounded in time and size, its answer read as strict JSON.

Errors name the service by host, never by its whole address: an address may hold a key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from integrations.outside_answers import (
    AnswerBrokenOff,
    AnswerTooLong,
    AnswerTooSlow,
    NoObject,
    parse_object,
    read_whole,
)
from operations.clients.road_client import RoadAnswerRefused, RoadServiceDown

CONNECT_SECONDS = 3.0
TRIES = 4
FIRST_PAUSE_SECONDS = 0.2
MOST_BYTES = 32 * 2**20
SERVER_ERROR = 500
TOO_LARGE = (413, 414, 431)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status and the JSON object, empty when the request was too large for the server."""

    status: int
    content: Mapping[str, Any]


@dataclass(slots=True)
class HttpService:
    """A server. `read_seconds` bounds each silence, `whole_seconds` a whole answer, however it trickles in."""

    base_url: str
    read_seconds: float = 20.0
    whole_seconds: float = 30.0
    pause: Callable[[float], None] = time.sleep
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.base_url).netloc

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Ask once, and again only where nobody listened; raises RoadServiceDown or RoadAnswerRefused."""
        for left in reversed(range(TRIES)):
            began = time.monotonic()
            try:
                response = self.session.request(
                    method,
                    self.base_url + path,
                    params=params,
                    json=body,
                    timeout=(CONNECT_SECONDS, self.read_seconds),
                    stream=True,
                    allow_redirects=False,
                )
            except requests.exceptions.RequestException as error:
                if left and _is_refused(error):
                    self.pause(FIRST_PAUSE_SECONDS * 2 ** (TRIES - 1 - left))
                    continue
                raise RoadServiceDown(f"{self.host} does not answer ({_reason(error)})") from None
            with response:
                return self._read(response, until=began + self.whole_seconds)
        raise AssertionError("the last try answers or raises")

    def _read(self, response: requests.Response, *, until: float) -> Answer:
        if response.status_code in TOO_LARGE:
            return Answer(response.status_code, {})
        if response.status_code >= SERVER_ERROR:
            raise RoadServiceDown(f"{self.host} answers {response.status_code}")
        text = self._read_text(response, until)
        try:
            return Answer(response.status_code, parse_object(text))
        except NoObject as error:
            raise RoadAnswerRefused(f"{self.host} answers with a JSON {error} instead of an object") from None
        except ValueError as error:
            kind = response.headers.get("Content-Type", "no type")[:60]
            raise RoadAnswerRefused(
                f"{self.host} answers {response.status_code} with {kind}, no JSON: {error}"
            ) from None

    def _read_text(self, response: requests.Response, until: float) -> bytes:
        try:
            return read_whole(response, most_bytes=MOST_BYTES, until=until)
        except AnswerTooLong as error:
            raise RoadAnswerRefused(f"{self.host} answers with {error}") from None
        except AnswerTooSlow:
            raise RoadServiceDown(f"{self.host} took longer than {self.whole_seconds:g} s for one answer") from None
        except AnswerBrokenOff as error:
            raise RoadServiceDown(f"{self.host} broke off its answer ({error})") from None


def _is_refused(error: requests.exceptions.RequestException) -> bool:
    return isinstance(error, requests.exceptions.ConnectionError) and "Connection refused" in str(error)


def _reason(error: requests.exceptions.RequestException) -> str:
    return "connection refused" if _is_refused(error) else type(error).__name__
