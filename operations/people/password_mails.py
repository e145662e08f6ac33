"""Forgotten passwords: a link by e-mail for whoever is known, and the same answer for everybody (S2).

A link in a stored message could be read by whoever may read messages. So only the wish is stored; the link is made when
it is sent, and lives on in the mail alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import PasswordMail, User
from operations.foundation.guesses import count_guess
from operations.foundation.house import House
from operations.foundation.links import make_password_link
from operations.people.users import WINDOW_MINUTES, TooManyTries, record_user_event
from outbox.sender import SendRefused, SendUncertain
from outbox.texts import template_at
from policies.message_channels import MessageChannel

SCOPE = "password_mail"
ASKED_PER_ADDRESS = 10
QUIET_MINUTES = 5
LINK_KEPT = dt.timedelta(hours=1)
GIVEN_UP_AFTER = dt.timedelta(minutes=30)
RETRY_SECONDS = 20
KEPT = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail that is about to be sent."""

    mail_id: int
    to_address: str
    body: str
    reference: str


def count_asking(session: Session, *, address: str, now: dt.datetime) -> None:
    """Count one who asks from a network address, or raise TooManyTries: whatever mail address they type."""
    asked = count_guess(session, scope=SCOPE, key=address, window_minutes=WINDOW_MINUTES, now=now)
    if asked > ASKED_PER_ADDRESS:
        raise TooManyTries


def ask_for_password(session: Session, *, email: str, now: dt.datetime) -> None:
    """Let a link be sent to whoever has this address and may sign in; nothing tells whether somebody has.

    Whoever has been sent one within the last minutes is not sent another: nobody's inbox can be filled.
    """
    user = session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if user is None or not user.is_active:
        return
    lately = select(PasswordMail.id).where(
        PasswordMail.user_id == user.id, PasswordMail.asked_at > now - dt.timedelta(minutes=QUIET_MINUTES)
    )
    if session.scalars(lately.limit(1)).first() is None:
        session.add(PasswordMail(user_id=user.id, asked_at=now, next_try_at=now))
        session.flush()
        record_user_event(session, user=user, kind="password_mail_asked", now=now, actor=user.name)


def list_due_mails(session: Session, *, now: dt.datetime) -> list[int]:
    """Return the wishes whose mail is due."""
    due = select(PasswordMail.id).where(PasswordMail.next_try_at <= now).order_by(PasswordMail.id)
    return list(session.scalars(due))


def write_letter(session: Session, *, mail_id: int, house: House, now: dt.datetime) -> Letter | None:
    """Return a wish's mail with a link made just now, or None when it is given up."""
    mail = session.get_one(PasswordMail, mail_id)
    if not mail.user.is_active or mail.user.email is None or now - mail.asked_at >= GIVEN_UP_AFTER:
        mail.next_try_at = None
        return None
    mail.attempts += 1
    mail.next_try_at = now + dt.timedelta(seconds=RETRY_SECONDS * mail.attempts)
    link = make_password_link(session, user=mail.user, house=house, now=now, kept=LINK_KEPT)
    template = template_at(session, "password_link", mail.user.language, MessageChannel.EMAIL, at=now)
    minutes = LINK_KEPT // dt.timedelta(minutes=1)
    body = template.fill({"name": mail.user.display_name, "link": link, "minutes": minutes})
    return Letter(mail.id, mail.user.email, body, f"password-{mail.id}-{mail.attempts}")


def record_posted(
    session: Session, *, letter: Letter, trouble: SendRefused | SendUncertain | None, now: dt.datetime
) -> None:
    """Write down what came of a mail: only one that was surely not taken is tried again."""
    mail = session.get_one(PasswordMail, letter.mail_id)
    if trouble is None:
        mail.sent_at = now
    if not isinstance(trouble, SendRefused) or trouble.is_permanent:
        mail.next_try_at = None


def forget_password_mails(session: Session, *, now: dt.datetime) -> None:
    """Delete wishes of more than a day ago."""
    session.execute(delete(PasswordMail).where(PasswordMail.asked_at < now - KEPT))
