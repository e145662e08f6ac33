"""What customers hear about a promise: made, on the way, arrived, done, moved (H5, D5, V1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from models import Visit
from operations.clocks.commitments import deadline_of
from operations.foundation.house import House
from operations.foundation.links import make_request_link
from operations.messages.request_messages import tell_about_request
from operations.messages.survey_questions import choose_last_text
from outbox.words import name_in, write_instant, write_time, write_window
from policies.languages import Language


def confirm_promise(
    session: Session, *, visit: Visit, time_zone: str, house: House, now: dt.datetime, cause: str = ""
) -> None:
    """Tell the customer window, technician, deadline and number of a visit that has just been booked.

    `cause` tells apart promises of the same window, for a customer who moves the visit away and back.
    """
    language = visit.request.language
    deadline_at = find_latest_arrival(session, visit=visit)
    if visit.window_from_at is None or visit.window_until_at is None or deadline_at is None:
        return
    tell_customer(
        session,
        visit=visit,
        event=f"visit:{visit.id}:promised:{visit.window_from_at:%Y%m%d%H%M}{cause}",
        template="booking_confirmed",
        values={
            "technician": technician_name(visit, language),
            "window": write_window(visit.window_from_at, visit.window_until_at, time_zone=time_zone, language=language),
            "deadline": write_instant(deadline_at, time_zone=time_zone, language=language),
            "link": make_request_link(session, request=visit.request, house=house, now=now),
        },
        house=house,
        now=now,
    )


def tell_new_technician(
    session: Session,
    *,
    visit: Visit,
    cause: str,
    house: House,
    now: dt.datetime,
    not_before_at: dt.datetime | None = None,
) -> None:
    """Tell the customer that somebody else will come, at the same time; `cause` names why, once per cause."""
    window = name_window(visit)
    if window is None or visit.technician is None:
        return
    tell_customer(
        session,
        visit=visit,
        event=f"visit:{visit.id}:technician:{visit.technician.id}:{cause}",
        template="technician_changed",
        values={"technician": technician_name(visit, visit.request.language), "window": window},
        house=house,
        now=now,
        not_before_at=not_before_at,
    )


def tell_window_moved(session: Session, *, visit: Visit, cause: str, house: House, now: dt.datetime) -> None:
    """Tell the customer, with an apology, that we come at another time; `cause` names why, once per cause."""
    window = name_window(visit)
    if window is None:
        return
    tell_customer(
        session,
        visit=visit,
        event=f"visit:{visit.id}:{cause}",
        template="window_moved",
        values={"technician": technician_name(visit, visit.request.language), "window": window},
        house=house,
        now=now,
    )


def tell_on_the_way(session: Session, *, visit: Visit, eta_at: dt.datetime, house: House, now: dt.datetime) -> None:
    """Tell the customer that the technician has left, and when to expect him."""
    values = {
        "technician": technician_name(visit, visit.request.language),
        "eta": write_time(eta_at, time_zone=visit.request.time_zone),
        "link": make_request_link(session, request=visit.request, house=house, now=now),
    }
    _tell_step(session, visit, "technician_on_the_way", values, house, now)


def tell_arrived(session: Session, *, visit: Visit, house: House, now: dt.datetime) -> None:
    """Tell the customer that the technician is at the door, with the badge number to check."""
    values = {
        "technician": technician_name(visit, visit.request.language),
        "technician_number": visit.technician.number if visit.technician else "",
    }
    _tell_step(session, visit, "technician_arrived", values, house, now)


def tell_nobody_home(session: Session, *, visit: Visit, house: House, now: dt.datetime) -> None:
    """Tell the customer that the technician stood before a closed door, and how to get another time."""
    _tell_step(
        session, visit, "nobody_home", {"technician": technician_name(visit, visit.request.language)}, house, now
    )


def tell_cancelled(session: Session, *, visit: Visit, house: House, now: dt.datetime) -> None:
    """Tell the customer in writing that nobody comes, because they said so."""
    _tell_step(session, visit, "visit_cancelled", {}, house, now)


def tell_completed(session: Session, *, visit: Visit, house: House, now: dt.datetime) -> None:
    """Tell the customer that the work is done and where its report is; those who are asked, how to say how it was."""
    values = {"link": make_request_link(session, request=visit.request, house=house, now=now)}
    _tell_step(session, visit, choose_last_text(session, visit=visit, now=now), values, house, now)


def tell_customer(
    session: Session,
    *,
    visit: Visit,
    event: str,
    template: str,
    values: dict[str, Any],
    house: House,
    now: dt.datetime,
    not_before_at: dt.datetime | None = None,
) -> None:
    """Store a message to whoever opened the visit's request; without a number there is nobody to tell."""
    tell_about_request(
        session,
        request=visit.request,
        event=event,
        template=template,
        values=values,
        house=house,
        now=now,
        not_before_at=not_before_at,
        visit_id=visit.id,
    )


def find_latest_arrival(session: Session, *, visit: Visit) -> dt.datetime | None:
    """Return the instant by which we say somebody will be there: the deadline, or a promised window after it."""
    instants = (deadline_of(session, request_id=visit.request_id), visit.window_until_at)
    return max((instant for instant in instants if instant is not None), default=None)


def name_window(visit: Visit) -> str | None:
    """Return the promised window in the words of whoever opened the request, or None while none is promised."""
    if visit.window_from_at is None or visit.window_until_at is None:
        return None
    whose = visit.request
    return write_window(visit.window_from_at, visit.window_until_at, time_zone=whose.time_zone, language=whose.language)


def technician_name(visit: Visit, language: Language) -> str:
    """Return the technician's name in the customer's language, or an empty text while nobody is assigned."""
    if visit.technician is None:
        return ""
    return name_in(visit.technician, language)


def _tell_step(
    session: Session, visit: Visit, template: str, values: dict[str, Any], house: House, now: dt.datetime
) -> None:
    event = f"visit:{visit.id}:{template}"
    tell_customer(session, visit=visit, event=event, template=template, values=values, house=house, now=now)
