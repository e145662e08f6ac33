"""What a page may use of this installation, and what time it is."""

import datetime as dt

from flask import current_app, g

from operations.clients.services import Services


def services() -> Services:
    """Return what `app.py` wired for this application."""
    wired: Services = current_app.extensions["onecall"]
    return wired


def now() -> dt.datetime:
    """Return the instant of this request: one for the whole page, so that its parts agree."""
    if "now" not in g:
        g.now = services().now()
    instant: dt.datetime = g.now
    return instant
