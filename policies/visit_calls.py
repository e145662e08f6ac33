"""When customer and technician of a visit may be connected through us, and how such a talk ended (D11, S1)."""

from __future__ import annotations

import datetime as dt
import unicodedata
from enum import StrEnum

from policies.figures import Figures
from policies.visit_states import VisitState


class VisitParty(StrEnum):
    """Who asks to be connected; the other one is called."""

    CUSTOMER = "customer"
    TECHNICIAN = "technician"


class VisitCallResult(StrEnum):
    """How a talk through us ended: they talked, or nobody took it."""

    TALKED = "talked"
    NOT_TAKEN = "not_taken"


_TOLD = frozenset({VisitState.DISPATCHED, VisitState.ACKNOWLEDGED})
_UNDER_WAY = frozenset({VisitState.EN_ROUTE, VisitState.ON_SITE})
CONNECTABLE = _TOLD | _UNDER_WAY


_WISHES = frozenset({"DH", "CALL", "CALL ME", "电话", "打电话", "联系师傅", "找师傅"})


def is_wish_to_talk(text: str) -> bool:
    """Tell whether a customer's text says nothing but that they want to talk with the technician."""
    return unicodedata.normalize("NFKC", text).strip().rstrip(".。!！").upper() in _WISHES


def may_connect(
    state: VisitState, *, window_from_at: dt.datetime | None, party: VisitParty, figures: Figures, now: dt.datetime
) -> bool:
    """Tell whether somebody may be connected with the other side of a visit.

    From a while before the promised window until the visit has ended. A technician, who calls ahead, may earlier than
    a customer; while he is on the way or on site both may.
    """
    if state in _UNDER_WAY:
        return True
    if state not in _TOLD or window_from_at is None:
        return False
    is_ahead = party is VisitParty.TECHNICIAN
    ahead = figures.technician_calls_ahead_minutes if is_ahead else figures.customer_calls_ahead_minutes
    return now >= window_from_at - dt.timedelta(minutes=ahead)


def read_result(dial_status: str, *, is_bridged: bool) -> VisitCallResult:
    """Return how a talk ended from Twilio's DialCallStatus: `completed` alone says only that somebody picked up."""
    is_talk = dial_status in {"completed", "answered"} and is_bridged
    return VisitCallResult.TALKED if is_talk else VisitCallResult.NOT_TAKEN
