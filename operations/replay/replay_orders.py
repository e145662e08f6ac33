"""Replays that people order: kept, played a few runs at a time by the clock, stopped, compared (D16).

A run is kept as soon as it is played, so that a restart loses a few seconds of work and a stopped replay keeps its
result. Nothing of the plan is touched.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from dispatch.replay import ChangeRefused, Figures, Hours, Scenario, WhatIf
from dispatch.replay.writing import write_scenario
from models import Area, Replay, ReplayRun
from operations.replay.replays import Happened, build_ahead, build_past
from policies.replays import UNDER_WAY, ReplayState

__all__ = ["ChangeRefused", "Hours", "WhatIf"]  # the words of a question, for whoever asks one

MOST_DAYS = 14
MOST_RUNS = 200
MOST_SHOWN = 50
AT_ONCE = 4
"""Runs between two looks at whether somebody has stopped it."""


class PeriodImpossible(ValueError):
    """A period is either over, or begins tomorrow at the earliest, and has 1 to 14 days."""

    field = "on"


class RunsImpossible(ValueError):
    """A replay takes 2 to 200 runs: one alone says nothing about luck."""

    field = "runs"


class PeriodChanged(ValueError):
    """The period of a replay cannot be put together any more, or is another than its first runs were played on."""

    def __init__(self, replay_id: int) -> None:
        super().__init__(replay_id)
        self.replay_id = replay_id


class ReplayOver(ValueError):
    """The replay has ended already."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which days, what differs, how many runs; `calls_per_day` only for days ahead."""

    name: str
    first_on: dt.date
    days: int
    what_if: WhatIf
    calls_per_day: int | None
    runs: int
    seed: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The next runs to play."""

    replay_id: int
    scenarios: Sequence[Scenario]
    seed: int
    numbers: Sequence[int]
    fingerprint: str


def order_replay(session: Session, *, area: Area, question: Question, by: str, now: dt.datetime) -> Replay:
    """Keep a question to be played; it is put together once, so that what cannot be played is refused at once.

    Raises PeriodImpossible, RunsImpossible, and what `operations.replay.replays` and `dispatch.replay` raise.
    """
    if not 2 <= question.runs <= MOST_RUNS:  # noqa: PLR2004 (the error says why)
        raise RunsImpossible(question.runs)
    _is_past(question.first_on, question.days, area, now)
    replay = Replay(
        area_id=area.id,
        area=area,
        name=question.name.strip(),
        first_on=question.first_on,
        days=question.days,
        calls_per_day=question.calls_per_day,
        change=_change_data(question.what_if),
        runs_wanted=question.runs,
        seed=question.seed,
        state=ReplayState.WAITING,
        happened={},
        trouble="",
        ordered_by=by,
        ordered_at=now,
    )
    _, happened = _put_together(session, replay)
    replay.happened = asdict(happened) if happened else {}
    session.add(replay)
    session.flush()
    return replay


def list_replays(session: Session) -> Sequence[Replay]:
    """Return the latest replays, those first that were ordered last."""
    return session.scalars(
        select(Replay)
        .order_by(Replay.id.desc())
        .limit(MOST_SHOWN)
        .options(joinedload(Replay.area), selectinload(Replay.runs))
    ).all()


def find_replay(session: Session, *, replay_id: int) -> Replay | None:
    """Return a replay with its runs, or None."""
    return session.get(Replay, replay_id, options=[joinedload(Replay.area), selectinload(Replay.runs)])


def stop_replay(*, replay: Replay, now: dt.datetime) -> None:
    """End a replay with the runs that are done; raises ReplayOver."""
    if replay.state not in UNDER_WAY:
        raise ReplayOver(replay.id)
    replay.state, replay.ended_at = ReplayState.STOPPED, now


def find_next_batch(session: Session, *, at_once: int = AT_ONCE) -> Batch | None:
    """Return the next runs of the replay ordered first; None when nobody waits for any. Raises PeriodChanged."""
    replay = session.scalars(
        select(Replay).where(Replay.state.in_(UNDER_WAY)).order_by(Replay.id).options(selectinload(Replay.runs))
    ).first()
    if replay is None:
        return None
    try:
        scenarios, _ = _put_together(session, replay)
    except ValueError as error:
        raise PeriodChanged(replay.id) from error
    fingerprint = hashlib.sha256("".join(map(write_scenario, scenarios)).encode()).hexdigest()
    if replay.fingerprint not in {None, fingerprint}:
        raise PeriodChanged(replay.id)
    done = {run.number for run in replay.runs}
    numbers = [number for number in range(replay.runs_wanted) if number not in done][:at_once]
    return Batch(replay.id, scenarios, replay.seed, numbers, fingerprint)


def keep_runs(session: Session, *, batch: Batch, rows: Sequence[tuple[Figures, ...]], now: dt.datetime) -> None:
    """Keep what was played, also when the replay was stopped meanwhile; the last run ends it."""
    replay = session.get_one(Replay, batch.replay_id, with_for_update=True)
    known = set(session.scalars(select(ReplayRun.number).where(ReplayRun.replay_id == replay.id)))
    fresh = {number: row for number, row in zip(batch.numbers, rows, strict=True) if number not in known}
    for number, row in fresh.items():
        figures = [asdict(figures) for figures in row]
        session.add(ReplayRun(replay_id=replay.id, number=number, figures=figures))
    replay.fingerprint = batch.fingerprint
    replay.started_at = replay.started_at or now
    if replay.state in UNDER_WAY:
        is_done = len(known) + len(fresh) >= replay.runs_wanted
        replay.state = ReplayState.DONE if is_done else ReplayState.RUNNING
        replay.ended_at = now if is_done else None
    session.flush()


def give_up_replay(session: Session, *, replay_id: int, trouble: str, now: dt.datetime) -> None:
    """End a replay that cannot be played on."""
    replay = session.get_one(Replay, replay_id, with_for_update=True)
    if replay.state in UNDER_WAY:
        replay.state, replay.trouble, replay.ended_at = ReplayState.FAILED, trouble, now


def what_if_of(replay: Replay) -> WhatIf:
    """Return what differs in a replay."""
    data: Mapping[str, Any] = replay.change
    return WhatIf(tuple(data["team"]), Hours(**data["hours"]), dict(data["policy"]), data["calls_percent"])


def happened_of(replay: Replay) -> Happened | None:
    """Return what really came of a past period, as it stood when the replay was ordered."""
    return Happened(**replay.happened) if replay.happened else None


def _change_data(what_if: WhatIf) -> dict[str, Any]:
    return {
        "team": list(what_if.team),
        "hours": asdict(what_if.hours),
        "policy": dict(what_if.policy),
        "calls_percent": what_if.calls_percent,
    }


def _put_together(session: Session, replay: Replay) -> tuple[Sequence[Scenario], Happened | None]:
    """Return the period as it is and, where something differs, as it would be; and what really came of it."""
    area, happened = replay.area, None
    if _is_past(replay.first_on, replay.days, area, replay.ordered_at):
        past = build_past(session, area=area, day=replay.first_on, days=replay.days)
        scenario, happened = past.scenario, past.happened
    else:
        scenario = build_ahead(
            session,
            area=area,
            day=replay.first_on,
            days=replay.days,
            calls_per_day=replay.calls_per_day,
            now=replay.ordered_at,
        )
    what_if = what_if_of(replay)
    scenarios = [scenario] if what_if.is_nothing else [scenario, what_if.apply(scenario)]
    return scenarios, happened


def _is_past(first_on: dt.date, days: int, area: Area, now: dt.datetime) -> bool:
    """Tell a period that is over from one ahead; raises PeriodImpossible for what is neither."""
    today = now.astimezone(ZoneInfo(area.time_zone)).date()
    if not 1 <= days <= MOST_DAYS:
        raise PeriodImpossible(days)
    if first_on > today:
        return False
    if first_on + dt.timedelta(days=days) > today:
        raise PeriodImpossible(first_on)
    return True
