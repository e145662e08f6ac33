"""Anchor the chains once a day: whoever keeps the published roots can show that nothing was rewritten later (K3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AnchoredHead, ProofAnchor, StatusEvent
from operations.clients.signer import Signer
from policies.event_chain import FIRST_HASH, write_canonical
from policies.merkle import build_levels, hash_leaf, path_of, root_of

ANCHOR_WORDS = b"onecall-anchor-1\n"


def anchor_chains(session: Session, *, day: dt.date, signer: Signer, now: dt.datetime) -> ProofAnchor | None:
    """Anchor every chain that has grown since the last anchor; None when this day has its anchor already."""
    last = session.scalars(select(ProofAnchor).order_by(ProofAnchor.id.desc()).limit(1)).first()
    if last is not None and last.day_on >= day:
        return None
    seen_id = last.last_event_id if last else 0
    newest_id = session.scalar(select(func.max(StatusEvent.id))) or seen_id
    heads = _list_heads(session, after_id=seen_id, until_id=newest_id)
    levels = build_levels([hash_leaf(subject=name, position=position, head=head) for name, position, head in heads])
    anchor = ProofAnchor(
        day_on=day,
        count=len(heads),
        root=root_of(levels),
        previous_root=last.root if last else FIRST_HASH,
        signature="",
        last_event_id=newest_id,
        made_at=now,
    )
    anchor.signature = signer.sign(ANCHOR_WORDS, write_canonical(write_statement(anchor)))
    session.add(anchor)
    session.flush()
    session.add_all(
        AnchoredHead(anchor_id=anchor.id, place=place, subject=name, position=position, hash=head)
        for place, (name, position, head) in enumerate(heads)
    )
    return anchor


def write_statement(anchor: ProofAnchor) -> dict[str, Any]:
    """Return what an anchor's signature covers."""
    return {
        "day": anchor.day_on.isoformat(),
        "count": anchor.count,
        "root": anchor.root,
        "previous_root": anchor.previous_root,
    }


def write_anchor(anchor: ProofAnchor) -> dict[str, Any]:
    """Return an anchor as it is published."""
    return {**write_statement(anchor), "signature": anchor.signature}


def list_anchors(session: Session) -> Sequence[ProofAnchor]:
    """Return every anchor, the newest first."""
    return session.scalars(select(ProofAnchor).order_by(ProofAnchor.id.desc())).all()


def prove_anchored(session: Session, *, subject: str) -> dict[str, Any] | None:
    """Return the newest anchor of a chain with the way from its head to the root; None while it has none."""
    head = session.scalars(
        select(AnchoredHead).where(AnchoredHead.subject == subject).order_by(AnchoredHead.anchor_id.desc()).limit(1)
    ).first()
    if head is None:
        return None
    columns = (AnchoredHead.subject, AnchoredHead.position, AnchoredHead.hash)
    rows = session.execute(
        select(*columns).where(AnchoredHead.anchor_id == head.anchor_id).order_by(AnchoredHead.place)
    )
    levels = build_levels([hash_leaf(subject=name, position=position, head=hash_) for name, position, hash_ in rows])
    return {
        **write_anchor(head.anchor),
        "subject": head.subject,
        "position": head.position,
        "hash": head.hash,
        "path": [list(step) for step in path_of(levels, head.place)],
    }


def _list_heads(session: Session, *, after_id: int, until_id: int) -> list[tuple[str, int, str]]:
    """Return name, position and hash of the last event of every chain that has grown, in the order of their names."""
    grown = (
        select(StatusEvent.subject, func.max(StatusEvent.position).label("position"))
        .where(StatusEvent.id > after_id, StatusEvent.id <= until_id)
        .group_by(StatusEvent.subject)
        .subquery()
    )
    rows = session.execute(
        select(StatusEvent.subject, StatusEvent.position, StatusEvent.hash).join(
            grown, (StatusEvent.subject == grown.c.subject) & (StatusEvent.position == grown.c.position)
        )
    )
    return sorted((subject, position, hash_) for subject, position, hash_ in rows)
