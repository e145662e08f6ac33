"""The desk as a terminal sees it: the same requests the browser makes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

_SECONDS = 40.0


class DeskUnreachable(Exception):
    """No telephone is on the desk at this address."""


class DeskRefused(Exception):
    """The desk could not do that; the message says why."""


class DeskClient:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # this machine, never a proxy

    def is_there(self) -> bool:
        """Say whether a desk answers."""
        try:
            self.get("people")
        except (DeskUnreachable, DeskRefused):
            return False
        return True

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path)

    def post(self, path: str, **fields: str) -> dict[str, Any]:
        return self._ask("POST", path, fields)

    def show_phone(self, number: str) -> dict[str, Any]:
        return self.get(f"phones/{quote(number)}")

    def _ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            response = self._session.request(method, f"{self.base_url}/{path}", json=fields, timeout=_SECONDS)
            answer: dict[str, Any] = response.json()
        except requests.JSONDecodeError as error:
            raise DeskRefused(f"{self.base_url} is no desk") from error
        except requests.RequestException as error:
            raise DeskUnreachable(f"No telephone answers at {self.base_url}; is `make run` running?") from error
        if not response.ok:
            raise DeskRefused(str(answer.get("message") or answer))
        return answer
