"""How a request stands, as its customer asks (H6): one word for what is said, from the states of its visits."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from policies.request_states import SOLVED_REASONS, CloseReason, RequestState
from policies.visit_states import PROMISED, VisitState


class RequestStatus(StrEnum):
    """What a customer is told of a request."""

    WAITING = "waiting"
    PROMISED = "promised"
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    IN_WORKSHOP = "in_workshop"
    SOLVED = "solved"
    ENDED = "ended"


def decide_status(
    state: RequestState,
    close_reason: CloseReason | None,
    visit_states: Iterable[VisitState],
    *,
    is_in_workshop: bool = False,
) -> RequestStatus:
    """Return the request's status; of several visits the one that is furthest counts."""
    states = set(visit_states)
    if state is RequestState.CLOSED:
        return RequestStatus.SOLVED if close_reason in SOLVED_REASONS else RequestStatus.ENDED
    if VisitState.ON_SITE in states:
        return RequestStatus.ON_SITE
    if VisitState.EN_ROUTE in states:
        return RequestStatus.ON_THE_WAY
    if states & PROMISED:
        return RequestStatus.PROMISED
    return RequestStatus.IN_WORKSHOP if is_in_workshop else RequestStatus.WAITING
