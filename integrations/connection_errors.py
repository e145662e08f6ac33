"""Whether a broken connection may have carried anything before it broke."""

from __future__ import annotations

import requests

from outbox.sender import SendRefused, SendUncertain

BEFORE_THE_FIRST_BYTE = ("Failed to establish a new connection", "Failed to resolve")
"""urllib3 says these only before anything was sent; whatever it says later, something may have arrived."""


def sort_connection_error(error: requests.exceptions.ConnectionError) -> SendRefused | SendUncertain:
    """Return what a connection error means for what was being handed over."""
    if any(words in str(error) for words in BEFORE_THE_FIRST_BYTE):
        return SendRefused("no connection", is_permanent=False)
    return SendUncertain(str(error))
