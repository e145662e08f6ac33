"""How OneCall logs: lines a person reads in development, one JSON object a line in production.

Never with the values of local variables: they hold passwords, links and what customers said. Telephone numbers,
addresses for mail, passwords in addresses and the secrets of links are masked in whatever is logged.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

_NUMBER = re.compile(r"\+\d{5,13}(\d{2})\b")
_MAIL = re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)")
_PASSWORD = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
_LINK = re.compile(r"(?<=/)[\w-]{20,}")
TWILIO_DOORS = ("/ivr/", "/sms/")


def mask(_logger: object, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    """Hide in a line what tells who somebody is or opens a door; of a number the last two digits stay."""
    return {name: _mask(value, is_path=name == "path") for name, value in line.items()}


def follow_requests(app: Flask) -> None:
    """Give every line that a request causes its id, and that of the call or message it is about.

    The id goes back as `X-Request-Id`, so that what somebody saw can be found.
    """
    app.before_request(_bind_request)
    app.after_request(_name_request)


def set_up_logging(*, is_development: bool) -> None:
    """Decide the form of every log line of this process."""
    if is_development:
        last: list[Callable[..., Any]] = [
            mask,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    else:
        last = [structlog.processors.format_exc_info, mask, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(processors=[*_FIRST, *last], cache_logger_on_first_use=False)


_FIRST: list[Callable[..., Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _mask(value: object, *, is_path: bool = False) -> object:
    if isinstance(value, list | tuple):
        return [_mask(part) for part in value]
    if isinstance(value, dict):
        return {name: _mask(part) for name, part in value.items()}
    if not isinstance(value, str):
        return value
    if is_path:
        value = _LINK.sub("…", value)
    return _MAIL.sub(r"…@\1", _PASSWORD.sub(r"\1:…@", _NUMBER.sub(r"+…\1", value)))


def _bind_request() -> None:
    clear_contextvars()
    g.request_id = secrets.token_hex(8)
    bind_contextvars(request_id=g.request_id)
    if request.path.startswith(TWILIO_DOORS):
        sids = {"call_sid": request.form.get("CallSid"), "message_sid": request.form.get("MessageSid")}
        bind_contextvars(**{name: sid[:34] for name, sid in sids.items() if sid})


def _name_request(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
