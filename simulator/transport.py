"""How a request reaches the app: over real HTTP, or straight into a WSGI application in this process."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urlsplit
from wsgiref.types import WSGIApplication

from werkzeug.test import Client


class Unreachable(Exception):
    """No connection to the app: nothing of the request was seen."""


class TookTooLong(Exception):
    """The app did not answer in time; it may have done what was asked."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Transport(Protocol):
    def send(
        self, method: str, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], deadline_seconds: float
    ) -> Response:
        """Make one request, following nothing. Raise Unreachable or TookTooLong."""
        ...


class HttpTransport:
    """Real HTTP, one connection for each request, as Twilio's proxies make them.

    `reroute` sends requests for a public address to where the app really listens; what is signed stays the public one.
    """

    def __init__(self, *, reroute: Mapping[str, str] | None = None) -> None:
        self._reroute = dict(reroute or {})

    def send(
        self, method: str, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], deadline_seconds: float
    ) -> Response:
        for public, actual in self._reroute.items():
            if url.startswith(public):
                url = actual + url.removeprefix(public)
        parts = urlsplit(url)
        connection = _connect(parts.scheme, parts.hostname or "", parts.port, deadline_seconds)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Unreachable(f"{url}: {error}") from error
            connection.request(
                method, target, body=urlencode(form) if method == "POST" else None, headers=dict(headers)
            )
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except TimeoutError as error:
            raise TookTooLong(url) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{url}: {error}") from error
        finally:
            connection.close()


def _connect(scheme: str, host: str, port: int | None, deadline_seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=deadline_seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=deadline_seconds)


class WsgiTransport:
    """Calls a WSGI application in this process: fast, and a failure shows its own traceback.

    `base_url` is the public address the app believes to have; requests to other hosts are unreachable.
    `more` adds further applications by their base URL, such as the fallback service.
    """

    def __init__(
        self, app: WSGIApplication, base_url: str, *, more: Mapping[str, WSGIApplication] | None = None
    ) -> None:
        self._apps = {base_url.rstrip("/"): app} | {url.rstrip("/"): one for url, one in (more or {}).items()}

    def send(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        deadline_seconds: float,  # noqa: ARG002 - measured by the caller; a call in this process cannot be cut short
    ) -> Response:
        for base_url, app in self._apps.items():
            rest = url.removeprefix(base_url)
            if rest != url and rest[:1] in {"", "/", "?"}:
                return _call(app, method, base_url, rest, form, headers)
        raise Unreachable(f"{url}: no application answers there")


def _call(
    app: WSGIApplication, method: str, base_url: str, rest: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> Response:
    path, _, query = rest.partition("?")
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    data = dict(form) if method == "POST" else None
    # Twilio keeps cookies, the app must not need them: each request starts without any.
    with Client(app, use_cookies=False).open(
        path or "/", method=method, base_url=base_url, query_string=query, data=data, headers=sent
    ) as answer:
        return Response(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.get_data())
