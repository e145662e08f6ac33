"""Who is on duty now, and how the ladder is climbed: one call after the other until somebody takes it (H11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import DutyTurn
from models.duty import DutyLadder
from operations.foundation.figures import figures_at
from outbox.enqueue import enqueue_message
from policies.duty import DutyRole, OnDuty, next_on_ladder, pause_after_round, people_from
from policies.message_channels import MessageChannel


def list_on_duty(session: Session, *, area_id: int | None, now: dt.datetime) -> list[OnDuty]:
    """Return everybody on duty for an area at `now`, those on duty for every area among them."""
    turns = session.scalars(
        select(DutyTurn).where(
            DutyTurn.from_at <= now,
            DutyTurn.until_at > now,
            or_(DutyTurn.area_id.is_(None), DutyTurn.area_id == area_id),
        )
    )
    return [OnDuty(turn.id, turn.role, turn.position, turn.area_id is not None) for turn in turns]


def find_next_on_duty(
    session: Session,
    ladder: DutyLadder,
    *,
    area_id: int | None,
    now: dt.datetime,
    lowest: DutyRole = DutyRole.TECHNICIAN,
) -> DutyTurn | None:
    """Return whom the ladder calls next, from a rung upwards; None when everybody has been called in this round."""
    people = people_from(list_on_duty(session, area_id=area_id, now=now), lowest=lowest)
    person = next_on_ladder(people, called=ladder.called_turn_ids)
    return session.get_one(DutyTurn, person.turn_id) if person else None


def call_on_duty(
    session: Session,
    ladder: DutyLadder,
    *,
    about: str,
    turn: DutyTurn,
    template: str,
    values: Mapping[str, object],
    request_id: int | None,
    now: dt.datetime,
) -> None:
    """Telephone somebody on duty about `about` ("major_fault:3"); without an answer in time the ladder goes on."""
    ladder.called_turn_ids = [*ladder.called_turn_ids, turn.id]
    ladder.next_call_at = now + dt.timedelta(seconds=figures_at(session, now).duty_call_seconds)
    enqueue_message(
        session,
        event=f"{about}:round:{ladder.round}",
        recipient=actor_of(turn),
        to_number=turn.phone,
        language=turn.language,
        template=template,
        values={"turn": turn.id, **values},
        now=now,
        # A call that cannot be made in time is not made at all: by then the next person is being called.
        expires_at=ladder.next_call_at,
        request_id=request_id,
        channel=MessageChannel.VOICE,
    )


def begin_next_round(session: Session, ladder: DutyLadder, *, now: dt.datetime) -> None:
    """Nobody was left to call: begin again from the lowest rung, after a pause that grows."""
    pause = pause_after_round(ladder.round, retry_minutes=figures_at(session, now).duty_retry_minutes)
    ladder.next_call_at = now + pause
    ladder.round, ladder.called_turn_ids = ladder.round + 1, []


def call_next_at_once(ladder: DutyLadder, *, after_turn_id: int, now: dt.datetime) -> None:
    """The call to this person led to nothing: call the next one now, unless a later call is under way."""
    if ladder.called_turn_ids and ladder.called_turn_ids[-1] == after_turn_id:
        ladder.next_call_at = now


def is_being_called(ladder: DutyLadder, *, turn_id: int, now: dt.datetime) -> bool:
    """Tell whether the ladder's call to this person is still under way."""
    return bool(ladder.called_turn_ids) and ladder.called_turn_ids[-1] == turn_id and now < ladder.next_call_at


def actor_of(turn: DutyTurn) -> str:
    """Return how events name somebody on duty."""
    return f"duty:{turn.id}"
