"""The states of a service request, and how it closes (H17)."""

from enum import StrEnum


class RequestState(StrEnum):
    """`open` has no promised visit yet, `booked` has one, `closed` has a reason."""

    OPEN = "open"
    BOOKED = "booked"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a request is closed."""

    SOLVED = "solved"
    SOLVED_BY_PHONE = "solved_by_phone"
    EXCHANGED = "exchanged"
    REFUNDED = "refunded"
    DECLINED_OUT_OF_WARRANTY = "declined_out_of_warranty"
    WITHDRAWN = "withdrawn"
    NO_ACCESS = "no_access"
    HANDED_OVER = "handed_over"


CLOSED_BY_HAND = (
    CloseReason.WITHDRAWN,
    CloseReason.SOLVED_BY_PHONE,
    CloseReason.SOLVED,
    CloseReason.DECLINED_OUT_OF_WARRANTY,
    CloseReason.NO_ACCESS,
)
"""Reasons a person may give; the others follow from what was done: a return, a handover."""

SOLVED_REASONS = frozenset({CloseReason.SOLVED, CloseReason.SOLVED_BY_PHONE})
"""Closed as solved; it can turn out not to be, and then its second repair is counted (H17)."""

MOVES: dict[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset({RequestState.BOOKED, RequestState.CLOSED}),
    RequestState.BOOKED: frozenset({RequestState.OPEN, RequestState.CLOSED}),
    RequestState.CLOSED: frozenset(),
}


class RequestMoveRefused(ValueError):
    """The request cannot go from its state to the one asked for."""


def move_request(now: RequestState, to: RequestState) -> RequestState:
    """Return `to` if a request may go there from `now`; otherwise raise RequestMoveRefused."""
    if to not in MOVES[now]:
        raise RequestMoveRefused(f"{now} -> {to}")
    return to
