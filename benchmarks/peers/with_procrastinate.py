"""The same texts through procrastinate: one job each, sent with the same client to the same stand-in."""

from __future__ import annotations

import os

import procrastinate
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT = "AC" + "0" * 32
queue = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=os.environ.get("QUEUE_URI", "")))


class _StandIn(TwilioHttpClient):
    """Twilio's client, which speaks to the stand-in instead."""

    def request(self, method: str, url: str, *arguments: object, **options: object) -> object:
        """Send a request to where the stand-in listens."""
        there = url.replace("https://api.twilio.com", os.environ["CARRIER_URL"])
        return super().request(method, there, *arguments, **options)


_client = Client(ACCOUNT, "token", http_client=_StandIn(timeout=10))


@queue.task(name="send_text")
def send_text(to: str, body: str) -> None:
    """Send one text."""
    _client.messages.create(to=to, body=body, from_="+862150000000", status_callback="http://127.0.0.1:1/")
