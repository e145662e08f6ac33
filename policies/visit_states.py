"""The states of a visit and the moves between them (DESIGN, "Visit states")."""

from collections.abc import Iterable
from enum import StrEnum


class VisitState(StrEnum):
    """From a draft to a completed trip."""

    DRAFT = "draft"
    OFFERED = "offered"
    BOOKED = "booked"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    COMPLETED = "completed"
    NO_ACCESS = "no_access"
    INCOMPLETE = "incomplete"
    CANCELLED = "cancelled"


class IncompleteReason(StrEnum):
    """Why a visit ended without the work being done (V7)."""

    PART = "part"
    SKILL = "skill"
    TIME = "time"
    NOBODY_HOME = "nobody_home"
    REFUSED = "refused"


_END = frozenset({VisitState.COMPLETED, VisitState.NO_ACCESS, VisitState.INCOMPLETE, VisitState.CANCELLED})

MOVES: dict[VisitState, frozenset[VisitState]] = {
    VisitState.DRAFT: frozenset({VisitState.OFFERED, VisitState.BOOKED, VisitState.CANCELLED}),
    VisitState.OFFERED: frozenset({VisitState.DRAFT, VisitState.BOOKED, VisitState.CANCELLED}),
    VisitState.BOOKED: frozenset({VisitState.DISPATCHED, VisitState.CANCELLED}),
    # A technician who declines sends the visit back to the plan; a text may be skipped, so "arrived" can come first.
    VisitState.DISPATCHED: frozenset(
        {
            VisitState.BOOKED,
            VisitState.ACKNOWLEDGED,
            VisitState.EN_ROUTE,
            VisitState.ON_SITE,
            VisitState.CANCELLED,
        }
    ),
    VisitState.ACKNOWLEDGED: frozenset(
        {VisitState.BOOKED, VisitState.EN_ROUTE, VisitState.ON_SITE, VisitState.CANCELLED}
    ),
    VisitState.EN_ROUTE: frozenset({VisitState.ON_SITE, VisitState.NO_ACCESS, VisitState.CANCELLED}),
    VisitState.ON_SITE: frozenset({VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS}),
    **{state: frozenset() for state in _END},
}

PROMISED = frozenset(
    {VisitState.BOOKED, VisitState.DISPATCHED, VisitState.ACKNOWLEDGED, VisitState.EN_ROUTE, VisitState.ON_SITE}
)
"""States in which the customer holds a promised window."""

STARTED = frozenset({VisitState.EN_ROUTE, VisitState.ON_SITE})
"""States in which the plan may not move the visit any more (D6)."""

TRIED = frozenset({VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS})
"""States of a visit for which somebody came to the door; each is an end."""

ENDED = _END
"""States nothing follows."""


_SENT = (VisitState.DISPATCHED, VisitState.ACKNOWLEDGED, VisitState.EN_ROUTE, VisitState.ON_SITE)
"""How far a technician's reports carry a visit, one after the other."""


class VisitMoveRefused(ValueError):
    """The visit cannot go from its state to the one asked for."""


def move_visit(now: VisitState, to: VisitState) -> VisitState:
    """Return `to` if a visit may go there from `now`; otherwise raise VisitMoveRefused."""
    if to not in MOVES[now]:
        raise VisitMoveRefused(f"{now} -> {to}")
    return to


def correct_visit(now: VisitState, reported: Iterable[VisitState]) -> VisitState:
    """Return where a visit stands when only these reports of its technician hold; it may have to go back.

    One that nobody was sent to, or that has ended, stays where it is.
    """
    if now not in _SENT:
        return now
    return max((state for state in reported if state in _SENT), key=_SENT.index, default=VisitState.DISPATCHED)
