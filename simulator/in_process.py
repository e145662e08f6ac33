"""A way from a `requests` session straight into a WSGI application: the SDK talks to the stand-in without a socket."""

from __future__ import annotations

import io
from collections.abc import Mapping
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

import requests
from requests.adapters import BaseAdapter
from werkzeug.test import Client

from simulator.transport import TookTooLong


def never_answer(_seconds: float) -> None:
    """Do not answer, without waiting: hand this to `create_rest_app` as its `sleep`."""
    raise TookTooLong("the stand-in was told not to answer")


class WsgiAdapter(BaseAdapter):
    """Mount it on a session: `session.mount("https://api.twilio.com", WsgiAdapter(create_rest_app(...)))`."""

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__()
        self._app = app

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 - the shape is requests'
        timeout: float | tuple[float | None, float | None] | None = None,  # noqa: ARG002
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        try:
            answer = Client(self._app, use_cookies=False).open(
                parts.path,
                method=request.method or "GET",
                base_url=f"{parts.scheme}://{parts.netloc}",
                query_string=parts.query,
                data=body,
                headers=list(request.headers.items()),
            )
        except TookTooLong as error:
            raise requests.ReadTimeout(str(error), request=request) from error
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status_code, request.url or "", request
        response.headers.update(dict(answer.headers))
        response.raw = io.BytesIO(answer.get_data())
        answer.close()
        return response

    def close(self) -> None:
        """Nothing is kept open."""
