"""Signing in by the word of an OpenID Connect issuer: it says who somebody is, we say what they may (T3, S2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import User
from operations.clients.issuer_client import IssuerAnswerRefused, IssuerIdentity
from operations.foundation.guesses import count_guess
from operations.people.users import TRIES_PER_ADDRESS, WINDOW_MINUTES, TooManyTries

SCOPE = "issuer_sign_in"


def count_answer(session: Session, *, address: str, now: dt.datetime) -> None:
    """Count an answer brought from a network address, or raise TooManyTries; commit it before the answer is read."""
    if count_guess(session, scope=SCOPE, key=address, window_minutes=WINDOW_MINUTES, now=now) > TRIES_PER_ADDRESS:
        raise TooManyTries


def find_named_user(session: Session, *, identity: IssuerIdentity) -> User:
    """Return the user whose e-mail address the issuer has verified; nobody is made and no right is given.

    Raises IssuerAnswerRefused: email_not_verified, email_unknown or user_kept_out.
    """
    if not identity.is_email_verified:
        raise IssuerAnswerRefused("email_not_verified")
    email = identity.email.strip()
    # Made small, a letter from elsewhere may become an ASCII one (the Kelvin sign a k), the address another person's.
    wanted = email.lower() if email.isascii() else email
    user = session.scalars(select(User).where(User.email == wanted)).one_or_none()
    if user is None:
        raise IssuerAnswerRefused("email_unknown")
    if not user.is_active:
        raise IssuerAnswerRefused("user_kept_out")
    return user


def is_code_due(user: User, *, identity: IssuerIdentity) -> bool:
    """Tell whether our own second factor is still to be asked for: not when the issuer has asked for one."""
    return user.totp_secret is not None and not identity.has_second_factor
