"""Whose number people see when the hotline rings or writes to them: in every document, and every order to Twilio."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal
from xml.etree import ElementTree as ET

from simulator.exchange import Exchange

Way = Literal["dial", "call", "text"]
"""Rung by a document, rung by an order, written to."""


def list_shown_numbers(exchange: Exchange) -> Mapping[Way, set[str]]:
    """Return the numbers that were shown so far, by the way people were reached."""
    shown: dict[Way, set[str]] = defaultdict(set)
    shown["dial"] |= set(_list_dialled(exchange))
    shown["call"] |= {call.from_number for call in exchange.outgoing}
    shown["text"] |= {sms.from_number for sms in exchange.messages.messages if sms.direction != "inbound"}
    return shown


def _list_dialled(exchange: Exchange) -> Iterator[str]:
    for sent in exchange.webhooks.archive:
        body = sent.response.body if sent.response is not None else b""
        if b"<Dial" not in body:
            continue
        for dial in ET.fromstring(body).iter("Dial"):  # noqa: S314 - our own
            if (dial.text or "").strip() or dial.find("Number") is not None:
                # Without a caller ID it is the caller's own.
                yield dial.get("callerId") or sent.webhook.form["From"]
