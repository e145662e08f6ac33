"""Redirect, Hangup and Reject: verbs that end the document."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from simulator.findings import TwimlRefused
from simulator.line import Line
from simulator.spans import Fetch, Over, Steps


def redirect(verb: Element, line: Line) -> Steps:  # noqa: ARG001 - every verb has this shape
    """Go on with another document."""
    url = (verb.text or "").strip()
    if not url:
        raise TwimlRefused(11100, "an empty Redirect asks for the same document for ever")
    yield from ()
    return Fetch(url, verb.get("method", "POST"))


def hang_up(verb: Element, line: Line) -> Steps:  # noqa: ARG001
    """End the call from the hotline's side."""
    yield from ()
    return Over("hotline")


def reject(verb: Element, line: Line) -> Steps:  # noqa: ARG001
    """Refuse the call without answering it."""
    yield from ()
    return Over("hotline", "busy" if verb.get("reason") == "busy" else "no-answer")
