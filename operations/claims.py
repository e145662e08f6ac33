"""Take each webhook in once; a repeat gets the answer the first one got (DESIGN rule 4)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import WebhookClaim


def claim_webhook(session: Session, *, source: str, key: str, now: dt.datetime) -> str | None:
    """Claim a webhook in one atomic insert: None means it is ours to handle, a text is the answer given before.

    A second delivery that overlaps the first waits here until the first has committed or failed.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(WebhookClaim).values(source=source, key=key, answer="", claimed_at=now)
    if session.scalar(row.on_conflict_do_nothing().returning(WebhookClaim.id)) is not None:
        return None
    return session.scalar(select(WebhookClaim.answer).where(WebhookClaim.source == source, WebhookClaim.key == key))


def store_answer(session: Session, *, source: str, key: str, answer: str) -> None:
    """Keep the answer for a repeat of the webhook."""
    session.execute(
        update(WebhookClaim)
        .where(WebhookClaim.source == source, WebhookClaim.key == key)
        .values(answer=answer)
        .execution_options(synchronize_session=False)
    )


def forget_claims(session: Session, *, before: dt.datetime) -> int:
    """Delete claims older than any repeat can be; return how many."""
    result = session.execute(delete(WebhookClaim).where(WebhookClaim.claimed_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]
