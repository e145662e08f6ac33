"""Answers of services that are not ours: bounded in size and time, believed only where they make sense (S2)."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

MOST_BYTES = 4 * 2**20
WHOLE_SECONDS = 30.0
CHUNK_BYTES = 2**16
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What reading an answer of the wrong shape ends in, whichever library reads it."""


class AnswerUnusable(requests.exceptions.RequestException):
    """Bytes came back, and they are no answer."""


class AnswerTooLong(AnswerUnusable):
    """More bytes than any answer has."""


class AnswerTooSlow(AnswerUnusable):
    """An answer that trickled in and was not over in time."""


class AnswerBrokenOff(AnswerUnusable):
    """The answer ended before its end."""


class BoundedAdapter(HTTPAdapter):
    """Reads each answer whole before anybody sees it: at most so many bytes, unpacked, within so many seconds.

    The time-out of requests bounds each silence only: a server that trickles would decide how long we wait.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES, whole_seconds: float = WHOLE_SECONDS) -> None:
        super().__init__()
        self._most_bytes, self._whole_seconds = most_bytes, whole_seconds

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as requests'
        """Send and read; raises AnswerUnusable for what is no answer."""
        began = time.monotonic()
        response = super().send(request, *args, **kwargs)
        with response:
            body = read_whole(response, most_bytes=self._most_bytes, until=began + self._whole_seconds)
        response.raw = io.BytesIO(body)
        return response


def bounded_session(*, most_bytes: int = MOST_BYTES, whole_seconds: float = WHOLE_SECONDS) -> requests.Session:
    """Return a session whose answers are bounded."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter(most_bytes=most_bytes, whole_seconds=whole_seconds))
    return session


def read_whole(response: requests.Response, *, most_bytes: int, until: float) -> bytes:
    """Return the body of a streamed response, unpacked; `until` is of time.monotonic(). Raises AnswerUnusable."""
    # read1 returns what has come: with anything else a server that trickles would decide how long we wait.
    parts, size = [], 0
    try:
        while part := response.raw.read1(CHUNK_BYTES, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                raise AnswerTooLong(f"more than {most_bytes} bytes")
            if time.monotonic() > until:
                raise AnswerTooSlow("it took too long for one answer")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, AnswerUnusable):
            raise
        raise AnswerBrokenOff(type(error).__name__) from None
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and response.raw.tell() < int(announced):
        raise AnswerBrokenOff("shorter than announced")
    return b"".join(parts)


def parse_object(text: bytes | str) -> Mapping[str, Any]:
    """Return the JSON object that a text is; raises ValueError for anything else, however deep it goes."""
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise NoObject(type(content).__name__)
    return content


class NoObject(ValueError):
    """It is JSON, and no object; the message names what it is."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
