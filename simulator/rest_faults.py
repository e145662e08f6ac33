"""What can go wrong with a request to the REST interface."""

from __future__ import annotations

from enum import StrEnum


class RestFault(StrEnum):
    """One fault for the next request that changes something; the first two happen before it has any effect."""

    TOO_MANY_REQUESTS = "429, never processed"
    UNAVAILABLE = "503, never processed"
    ERROR_AFTER_ACCEPTING = "500, although the message is on its way"
    SILENT_AFTER_ACCEPTING = "no answer, although the message is on its way"
