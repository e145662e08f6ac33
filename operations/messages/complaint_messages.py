"""What whoever complained hears as it goes on: whose it is, what is offered, what was done, what we do better (F1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from models import Complaint
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from outbox.enqueue import enqueue_message
from outbox.words import say_date

LONGEST_TOLD = 40
"""So much of a reason, or of what is done better, fits a text; the complaint's page holds all of it."""


def tell_received(session: Session, *, complaint: Complaint, house: House, now: dt.datetime) -> None:
    """Tell the complaint's number and by when it is answered."""
    hours = figures_at(session, now).complaint_hours
    _tell(session, complaint, "received", {"hours": hours}, house=house, now=now)


def tell_owner(session: Session, *, complaint: Complaint, house: House, now: dt.datetime) -> None:
    """Tell who sees to it from now on; the same person is told once."""
    owner = complaint.owner.display_name if complaint.owner else ""
    _tell(session, complaint, "assigned", {"owner": owner}, cause=owner, house=house, now=now)


def tell_explained(
    session: Session, *, complaint: Complaint, reason: str, solved_by_on: dt.date, house: House, now: dt.datetime
) -> None:
    """Tell why it takes longer than a day, and by which day there is a solution (H8)."""
    values: dict[str, object] = {
        "reason": _shorten(reason),
        "date": say_date(solved_by_on, language=complaint.language),
    }
    cause = f"{solved_by_on:%Y%m%d}"
    _tell(session, complaint, "explained", values, cause=cause, house=house, now=now)


def tell_offer(session: Session, *, complaint: Complaint, house: House, now: dt.datetime) -> None:
    """Tell that there is a solution and that somebody calls to ask for a yes; once for each rung it was offered on."""
    _tell(session, complaint, "offered", {}, cause=str(complaint.level), house=house, now=now)


def tell_climbed(session: Session, *, complaint: Complaint, house: House, now: dt.datetime) -> None:
    """Tell that somebody higher up sees to it now."""
    _tell(session, complaint, "climbed", {}, cause=str(complaint.level), house=house, now=now)


def tell_accepted(session: Session, *, complaint: Complaint, house: House, now: dt.datetime) -> None:
    """Confirm in writing that what was agreed is done."""
    _tell(session, complaint, "accepted", {}, house=house, now=now)


def tell_closed(session: Session, *, complaint: Complaint, house: House, now: dt.datetime) -> None:
    """Tell what is done better because somebody complained (F4)."""
    _tell(session, complaint, "closed", {"improvement": _shorten(complaint.improvement)}, house=house, now=now)


def _shorten(words: str) -> str:
    """Return words as they fit a text."""
    plain = " ".join(words.split())
    return plain if len(plain) <= LONGEST_TOLD else f"{plain[: LONGEST_TOLD - 3]}..."


def _tell(
    session: Session,
    complaint: Complaint,
    step: str,
    values: dict[str, object],
    *,
    house: House,
    now: dt.datetime,
    cause: str = "",
) -> None:
    """Store the text of one step, if there is a number to text; `cause` tells apart steps that come more than once."""
    phone = complaint.contact_phone
    if phone is None:
        return
    enqueue_message(
        session,
        event=":".join(filter(None, ("complaint", str(complaint.id), step, cause))),
        recipient=f"customer:{complaint.customer_id}" if complaint.customer_id else f"number:{phone}",
        to_number=phone,
        language=complaint.language,
        template=f"complaint_{step}",
        values={**values, "number": complaint.number, "hotline": house.hotline_number},
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        request_id=complaint.request_id,
    )
