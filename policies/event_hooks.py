"""Which events other systems may be told of, and when telling one is given up (H16)."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

MOST_FAILURES = 10
"""Deliveries in a row that were given up, after which a hook is switched off."""
KEPT_TRYING_HOURS = 24
RETRY_BASE_SECONDS, RETRY_LIMIT_SECONDS = 5, 600
LONGEST_ADDRESS = 500

KINDS = (
    "request_opened",
    "request_reclassified",
    "request_closed",
    "window_promised",
    "window_moved",
    "visit_acknowledged",
    "visit_on_the_way",
    "visit_arrived",
    "visit_completed",
    "visit_unfinished",
    "visit_delayed",
    "visit_cancelled",
    "report_approved",
    "solution_confirmed",
    "survey_answered",
    "clock_warned",
    "clock_escalated",
    "escalated",
    "major_fault_reported",
    "measure_taken",
    "complaint_opened",
    "complaint_offered",
    "complaint_accepted",
    "complaint_closed",
    "return_requested",
    "return_approved",
    "return_received",
    "return_closed",
    "parcel_moved",
    "workshop_received",
    "workshop_finished",
    "settlement_booked",
    "payment_taken",
    "handover_accepted",
    "handover_done",
)
"""Events others can act on. Their facts never hold personal data (operations/foundation/events.py)."""

TEST = "test"
"""The kind of what the test button sends."""


class HookState(StrEnum):
    """Whether events are posted: `off` by a person, `broken` by us after too many failures in a row."""

    ACTIVE = "active"
    OFF = "off"
    BROKEN = "broken"


class DeliveryState(StrEnum):
    """How far one event has got on its way to one hook."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    FAILED = "failed"


_WORTH_TRYING_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def is_taken(status: int) -> bool:
    """Tell whether an answer says that the event has been taken in."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def is_permanent(status: int) -> bool:
    """Tell whether an answer will be the same however often we ask; a redirect is not followed."""
    return (
        HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _WORTH_TRYING_AGAIN
    )


def pause_seconds(attempts: int) -> int:
    """Return how long to wait after so many tries: 5 seconds, doubled up to 10 minutes, as the outbox does."""
    doublings = max(0, min(attempts - 1, 10))
    return min(RETRY_LIMIT_SECONDS, RETRY_BASE_SECONDS << doublings)
