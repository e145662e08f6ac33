"""Signed, expiring, single-purpose links for people without a login (D10, S2). Only a hash of the secret is stored."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import AccessLink, Handover, ServiceRequest, Shift, User
from operations.foundation.house import House
from policies.roles import LinkPurpose

SECRET_BYTES = 9
KEPT_AFTER_SHIFT = dt.timedelta(hours=12)
HANDOVER_KEPT = dt.timedelta(days=21)
REQUEST_KEPT = dt.timedelta(days=21)
PASSWORD_KEPT = dt.timedelta(days=1)


class LinkNotValid(PermissionError):
    """The link is unknown, altered, expired, or made for something else; which of these is not said."""


def make_route_link(session: Session, *, shift: Shift, house: House, now: dt.datetime) -> str:
    """Return a new link to a shift's route, good until half a day after the shift."""
    secret = _make_link(session, LinkPurpose.ROUTE, f"shift:{shift.id}", now, shift.ends_at + KEPT_AFTER_SHIFT)
    return f"{house.public_base_url}/r/{secret}"


def make_request_link(session: Session, *, request: ServiceRequest, house: House, now: dt.datetime) -> str:
    """Return a new link to a customer's own request, good for three weeks (D12)."""
    secret = _make_link(session, LinkPurpose.REQUEST, f"request:{request.id}", now, now + REQUEST_KEPT)
    return f"{house.public_base_url}/v/{secret}"


def make_handover_link(session: Session, *, handover: Handover, house: House, now: dt.datetime) -> str:
    """Return a new link to a service point's job, good for three weeks."""
    secret = _make_link(session, LinkPurpose.HANDOVER, f"handover:{handover.id}", now, now + HANDOVER_KEPT)
    return f"{house.public_base_url}/handover/{secret}"


def make_password_link(
    session: Session, *, user: User, house: House, now: dt.datetime, kept: dt.timedelta = PASSWORD_KEPT
) -> str:
    """Return a new link with which a user chooses a password, good once and for a day, or as long as `kept` says."""
    secret = _make_link(session, LinkPurpose.PASSWORD, f"user:{user.id}", now, now + kept)
    return f"{house.public_base_url}/password/{secret}"


def use_link(session: Session, *, secret: str, purpose: LinkPurpose, now: dt.datetime) -> int:
    """Return the id of the row a link opens and make it worthless from now on; raises LinkNotValid as `open_link`.

    Of two who use it at once one gets in.
    """
    row_id = open_link(session, secret=secret, purpose=purpose, now=now)
    used = update(AccessLink).where(AccessLink.secret_hash == _hash(secret), AccessLink.used_at.is_(None))
    result = session.execute(used.values(used_at=now).execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkNotValid
    return row_id


def open_link(session: Session, *, secret: str, purpose: LinkPurpose, now: dt.datetime) -> int:
    """Return the id of the row a link opens; anything wrong with it raises LinkNotValid."""
    link = session.scalars(
        select(AccessLink).where(AccessLink.secret_hash == _hash(secret), AccessLink.purpose == purpose)
    ).one_or_none()
    if link is None or link.expires_at <= now or link.used_at is not None:
        raise LinkNotValid
    return int(link.subject.partition(":")[2])


def forget_links(session: Session, *, before: dt.datetime) -> int:
    """Delete links that expired before an instant; return how many."""
    result = session.execute(delete(AccessLink).where(AccessLink.expires_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


def _make_link(session: Session, purpose: LinkPurpose, subject: str, now: dt.datetime, expires_at: dt.datetime) -> str:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session.add(
        AccessLink(secret_hash=_hash(secret), purpose=purpose, subject=subject, made_at=now, expires_at=expires_at)
    )
    session.flush()
    return secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
