"""Secrets from before there were seals, sealed once by `flask db upgrade` (S2)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import EventHook, User
from operations.foundation.seal import Seal, is_sealed


def seal_old_secrets(session: Session, *, seal: Seal) -> int:
    """Seal the secrets of webhooks and second factors that still stand open; return how many."""
    hooks = [hook for hook in session.scalars(select(EventHook)) if not is_sealed(hook.secret)]
    users = session.scalars(select(User).where(User.totp_secret.is_not(None)))
    open_users = [user for user in users if user.totp_secret and not is_sealed(user.totp_secret)]
    for hook in hooks:
        hook.secret = seal.close(hook.secret)
    for user in open_users:
        user.totp_secret = seal.close(user.totp_secret or "")
    session.flush()
    return len(hooks) + len(open_users)
