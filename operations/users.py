"""Users of the pages: made, given a password, checked at the door (T3, S2)."""

from __future__ import annotations

import datetime as dt
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import User
from operations.guesses import count_guess, forget_guesses
from policies.languages import Language
from policies.roles import Role

SHORTEST_PASSWORD = 12
TRIES_PER_NAME_AND_ADDRESS = 8
TRIES_PER_ADDRESS = 40
# High: somebody who guesses from everywhere must not be able to keep the dispatcher out for long.
TRIES_PER_NAME = 200
WINDOW_MINUTES = 15
SCOPE = "sign_in"

# OWASP's recommendation for argon2id: strong enough, and a burst of sign-ins does not starve the hotline of memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class PasswordTooShort(ValueError):
    """A password needs at least twelve characters."""


class UserNameTaken(ValueError):
    """There is a user of this name already."""


class SignInRefused(PermissionError):
    """Name and password do not fit together, or the user is switched off; which of these is not said."""


class TooManyTries(PermissionError):
    """Name or address has been tried too often; it is open again after a quarter of an hour at most."""


def add_user(session: Session, *, name: str, display_name: str, password: str, role: Role, language: Language) -> User:
    """Add a user who may sign in; raises UserNameTaken or PasswordTooShort."""
    if session.scalar(select(User.id).where(User.name == _key(name))) is not None:
        raise UserNameTaken(name)
    user = User(
        name=_key(name),
        display_name=display_name,
        password_hash=hash_password(password),
        role=role,
        language=language,
        is_active=True,
    )
    session.add(user)
    session.flush()
    return user


def hash_password(password: str) -> str:
    """Return what is stored of a password; raises PasswordTooShort."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort
    return _hasher.hash(password)


def count_sign_in(session: Session, *, name: str, address: str, now: dt.datetime) -> None:
    """Count a try, or raise TooManyTries; commit it before the password is checked, so that no try goes uncounted."""
    limits = {
        f"{_key(name)}|{address}": TRIES_PER_NAME_AND_ADDRESS,
        f"|{address}": TRIES_PER_ADDRESS,
        f"{_key(name)}|": TRIES_PER_NAME,
    }
    for key, limit in limits.items():
        if count_guess(session, scope=SCOPE, key=key, window_minutes=WINDOW_MINUTES, now=now) > limit:
            raise TooManyTries


def check_sign_in(session: Session, *, name: str, password: str) -> User:
    """Return the user whose name and password these are, or raise SignInRefused; an unknown name takes as long."""
    user = session.scalars(select(User).where(User.name == _key(name))).one_or_none()
    fits = _verify(user.password_hash if user else _hash_of_nobody(), password)
    if user is None or not fits or not user.is_active:
        raise SignInRefused
    return user


def welcome(session: Session, *, user: User, password: str, address: str) -> None:
    """Somebody signed in: stop counting tries from there, and renew a hash made with weaker settings."""
    forget_guesses(session, scope=SCOPE, key=f"{user.name}|{address}")
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
        session.flush()


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash("the password of nobody at all")


def _key(name: str) -> str:
    return name.strip().lower()[:60]
