"""Users of the pages: made, given a password, checked at the door (T3, S2)."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Sequence
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.orm import Session

from models import User
from operations.foundation.events import record_event
from operations.foundation.guesses import count_guess, forget_guesses
from operations.foundation.seal import Seal
from policies.languages import Language
from policies.roles import Role

SHORTEST_PASSWORD = 12
TRIES_PER_NAME_AND_ADDRESS = 8
TRIES_PER_ADDRESS = 40
# High: somebody who guesses from everywhere must not be able to keep the dispatcher out for long.
TRIES_PER_NAME = 200
WINDOW_MINUTES = 15
SCOPE = "sign_in"
CODE_SCOPE = "sign_in_code"
CODE_SECONDS = 30
NOBODY = "user:unknown"
LONGEST_EMAIL = 254
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

# OWASP's recommendation for argon2id: strong enough, and a burst of sign-ins does not starve the hotline of memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class PasswordTooShort(ValueError):
    """A password needs at least twelve characters."""

    field = "new"


class UserNameTaken(ValueError):
    """There is a user of this name already."""

    field = "name"


class EmailMalformed(ValueError):
    """What was given is no e-mail address."""

    field = "email"


class EmailTaken(ValueError):
    """Another user has this e-mail address."""

    field = "email"


class UserUnknown(LookupError):
    """There is no user of this name."""


class LastAdministrator(ValueError):
    """Somebody must be left who can let others in."""

    field = "role"


class SecondFactorThere(ValueError):
    """There is a second factor already; an administrator can drop it."""


class CodeWrong(PermissionError):
    """The code is not the telephone's present one, or it has been used."""

    field = "code"


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


def invite_user(session: Session, *, name: str, display_name: str, role: Role, language: Language) -> User:
    """Add a user who chooses a password by link; until then nobody can sign in as them. Raises UserNameTaken."""
    password = secrets.token_urlsafe(32)
    return add_user(session, name=name, display_name=display_name, password=password, role=role, language=language)


def find_user(session: Session, *, name: str) -> User:
    """Return the user of this name; raises UserUnknown."""
    user = session.scalars(select(User).where(User.name == _key(name))).one_or_none()
    if user is None:
        raise UserUnknown(name)
    return user


def list_users(session: Session, *, search: str = "", skip: int = 0, limit: int | None = None) -> Sequence[User]:
    """Return those who may or might sign in, by name; with `search` those who have it in a name or their address."""
    wanted = select(User).where(_is_like(search)).order_by(User.name)
    return session.scalars(wanted.offset(skip).limit(limit)).all()


def count_users(session: Session, *, search: str = "") -> int:
    """Return how many users a search finds."""
    return session.scalar(select(func.count(User.id)).where(_is_like(search))) or 0


def choose_password(session: Session, *, user: User, password: str, now: dt.datetime, actor: str) -> None:
    """Give a user a new password: every session of theirs ends. Raises PasswordTooShort."""
    user.password_hash = hash_password(password)
    record_user_event(session, user=user, kind="password_chosen", now=now, actor=actor)


def change_role(session: Session, *, user: User, role: Role, now: dt.datetime, actor: str) -> None:
    """Let a user do something else from the next page on; raises LastAdministrator."""
    if role is user.role:
        return
    if role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, user)
    facts = {"from": str(user.role), "to": str(role)}
    user.role = role
    record_user_event(session, user=user, kind="role_changed", now=now, actor=actor, facts=facts)


def switch_user(session: Session, *, user: User, is_active: bool, now: dt.datetime, actor: str) -> None:
    """Let a user in or keep them out, open sessions too; raises LastAdministrator."""
    if user.is_active is is_active:
        return
    if not is_active:
        _keep_an_administrator(session, user)
    user.is_active = is_active
    kind = "user_let_in" if is_active else "user_kept_out"
    record_user_event(session, user=user, kind=kind, now=now, actor=actor)


def set_email(session: Session, *, user: User, email: str, now: dt.datetime, actor: str) -> None:
    """Give a user the address that password links go to, or none (""); raises EmailMalformed or EmailTaken."""
    wanted = email.strip().lower() or None
    if wanted == user.email:
        return
    if wanted is not None and (len(wanted) > LONGEST_EMAIL or not EMAIL.fullmatch(wanted)):
        raise EmailMalformed(email)
    if wanted is not None and session.scalar(select(User.id).where(User.email == wanted)) is not None:
        raise EmailTaken(email)
    user.email = wanted
    session.flush()
    record_user_event(session, user=user, kind="user_email_changed", now=now, actor=actor)


def begin_second_factor(user: User) -> str:
    """Return a secret for a telephone's code generator; it counts only when a code made with it has come back."""
    if user.totp_secret is not None:
        raise SecondFactorThere
    return pyotp.random_base32()


def totp_address(user: User, secret: str) -> str:
    """Return what a telephone's code generator reads from the drawing."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name="OneCall")


def set_second_factor(session: Session, *, user: User, secret: str, code: str, seal: Seal, now: dt.datetime) -> None:
    """Ask for a code at every sign-in from now on, once one proves that the telephone has the secret.

    Raises CodeWrong, or SecondFactorThere: a stolen session must not replace the telephone.
    """
    if user.totp_secret is not None:
        raise SecondFactorThere
    step = _find_step(secret, code, now)
    if step is None:
        raise CodeWrong
    user.totp_secret, user.totp_step = seal.close(secret), step
    record_user_event(session, user=user, kind="second_factor_set", now=now, actor=user.name)


def drop_second_factor(session: Session, *, user: User, now: dt.datetime, actor: str) -> None:
    """Ask for no code any more: the telephone is lost, an administrator knows the person."""
    user.totp_secret = user.totp_step = None
    record_user_event(session, user=user, kind="second_factor_dropped", now=now, actor=actor)


def count_code(session: Session, *, user: User, now: dt.datetime) -> None:
    """Count a try of a second code, or raise TooManyTries; commit it before the code is checked."""
    tries = count_guess(session, scope=CODE_SCOPE, key=str(user.id), window_minutes=WINDOW_MINUTES, now=now)
    if tries > TRIES_PER_NAME_AND_ADDRESS:
        raise TooManyTries


def check_code(session: Session, *, user: User, code: str, seal: Seal, now: dt.datetime) -> None:
    """Take a code of the user's telephone, each one once; raises CodeWrong, or SealBroken under another SECRET_KEY."""
    step = _find_step(seal.open(user.totp_secret), code, now) if user.totp_secret else None
    if step is None or (user.totp_step is not None and step <= user.totp_step):
        raise CodeWrong
    # Of two that bring the same code at once one gets in.
    newer = update(User).where(User.id == user.id, User.totp_step < step).values(totp_step=step)
    if session.execute(newer).rowcount != 1:  # type: ignore[attr-defined]
        raise CodeWrong
    forget_guesses(session, scope=CODE_SCOPE, key=str(user.id))


def record_user_event(
    session: Session, *, user: User, kind: str, now: dt.datetime, actor: str, facts: dict[str, str] | None = None
) -> None:
    """Write down what was done with a user's rights, in a chain of its own (S1)."""
    record_event(
        session,
        subject=f"user:{user.id}",
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="page",
        actor=actor,
        facts=facts,
    )


def _is_like(search: str) -> ColumnElement[bool]:
    if not search:
        return true()
    return or_(*(column.icontains(search, autoescape=True) for column in (User.name, User.display_name, User.email)))


def _find_step(secret: str, code: str, now: dt.datetime) -> int | None:
    """Return the half minute a code is of, at most one before or after now; None for a wrong one."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // CODE_SECONDS
    plain = "".join(filter(str.isascii, code)).replace(" ", "")
    steps = (present + offset for offset in (-1, 0, 1))
    return next((step for step in steps if hmac.compare_digest(totp.at(step * CODE_SECONDS), plain)), None)


def _keep_an_administrator(session: Session, user: User) -> None:
    others = select(User.id).where(User.role == Role.ADMINISTRATOR, User.is_active.is_(True), User.id != user.id)
    if user.role is Role.ADMINISTRATOR and session.scalar(others.limit(1)) is None:
        raise LastAdministrator


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


def note_sign_in(session: Session, *, user_id: int, address: str, now: dt.datetime) -> None:
    """Put on record that somebody came in, and from where (S1)."""
    user = session.get_one(User, user_id)
    _record_at_the_door(session, f"user:{user.id}", "signed_in", actor=user.name, address=address, now=now)


def note_sign_out(session: Session, *, user_id: int, address: str, now: dt.datetime) -> None:
    """Put on record that somebody left."""
    user = session.get_one(User, user_id)
    _record_at_the_door(session, f"user:{user.id}", "signed_out", actor=user.name, address=address, now=now)


def note_failed_sign_in(session: Session, *, name: str, address: str, now: dt.datetime) -> None:
    """Put on record that somebody was refused: a user whose password or code was wrong, or nobody we know.

    A name that nobody has is not kept: people type their password there. It takes as long as for a user.
    """
    user = session.scalars(select(User).where(User.name == _key(name))).one_or_none()
    subject = f"user:{user.id}" if user else NOBODY
    actor = user.name if user else "unknown"
    _record_at_the_door(session, subject, "sign_in_failed", actor=actor, address=address, now=now)


def _record_at_the_door(
    session: Session, subject: str, kind: str, *, actor: str, address: str, now: dt.datetime
) -> None:
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="page",
        actor=actor,
        personal={"address": address},
    )


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
