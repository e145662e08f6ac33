"""What every part of the REST stand-in needs of a request: whose exchange it is, how it refuses, how it lists."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, jsonify, request

from simulator.exchange import Exchange

MOST_ROWS = 1000
DEFAULT_ROWS = 50


class RestRefusal(Exception):
    """An answer in Twilio's form of an error."""

    def __init__(self, status: HTTPStatus, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def this_exchange() -> Exchange:
    """Return the exchange this application stands for."""
    exchange: Exchange = current_app.config["EXCHANGE"]
    return exchange


def answer_page(name: str, rows: Sequence[dict[str, Any]]) -> Response:
    """Return the page of a list that was asked for by `Page` (from 0) and `PageSize`, with the ways to its neighbours.

    Twilio's own clients follow `next_page_uri` until there is none.
    """
    size, page = _read_whole("PageSize", DEFAULT_ROWS, least=1), _read_whole("Page", 0, least=0)
    size = min(size, MOST_ROWS)
    shown, is_last = rows[page * size : (page + 1) * size], (page + 1) * size >= len(rows)
    return jsonify(
        {
            name: list(shown),
            "first_page_uri": _address_of(0, size),
            "next_page_uri": None if is_last else _address_of(page + 1, size),
            "previous_page_uri": _address_of(page - 1, size) if page else None,
            "uri": _address_of(page, size),
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(0, len(shown) - 1),
        }
    )


def _address_of(page: int, size: int) -> str:
    wanted = {name: value for name, value in request.args.items() if name not in {"Page", "PageSize", "PageToken"}}
    return f"{request.path}?{urlencode({**wanted, 'PageSize': size, 'Page': page})}"


def _read_whole(name: str, default: int, *, least: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, f"Invalid {name} {text!r}")
    return int(text)
