"""A request handed over to a service point: it is offered, answered, and followed until it is done (H13)."""

from enum import StrEnum


class HandoverState(StrEnum):
    """How far the service point has got; `silent` gave no answer in time, `withdrawn` was ended by the customer."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    DONE = "done"
    DECLINED = "declined"
    SILENT = "silent"
    WITHDRAWN = "withdrawn"


MOVES: dict[HandoverState, frozenset[HandoverState]] = {
    HandoverState.OFFERED: frozenset(
        {HandoverState.ACCEPTED, HandoverState.DECLINED, HandoverState.SILENT, HandoverState.WITHDRAWN}
    ),
    # Accepting again names another time.
    HandoverState.ACCEPTED: frozenset(
        {HandoverState.ACCEPTED, HandoverState.ARRIVED, HandoverState.DECLINED, HandoverState.WITHDRAWN}
    ),
    HandoverState.ARRIVED: frozenset({HandoverState.DONE, HandoverState.WITHDRAWN}),
    HandoverState.DONE: frozenset(),
    HandoverState.DECLINED: frozenset(),
    HandoverState.SILENT: frozenset(),
    HandoverState.WITHDRAWN: frozenset(),
}

LIVE = frozenset(state for state, further in MOVES.items() if further)
"""A service point has it, or has been asked."""


class HandoverMoveRefused(ValueError):
    """The handover cannot go from its state to the one asked for."""


def move_handover(now: HandoverState, to: HandoverState) -> HandoverState:
    """Return `to` if a handover may go there from `now`; otherwise raise HandoverMoveRefused."""
    if to not in MOVES[now]:
        raise HandoverMoveRefused(f"{now} -> {to}")
    return to


def serves(districts: list[str], district: str) -> bool:
    """Tell whether a service point takes jobs of a district; one without districts takes those nobody else has."""
    return not districts or district in districts
