"""What a step of the call answers: sentences, then a choice, an entry, a recording or the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ivr.prompts import Line


class Then(StrEnum):
    """What happens after the sentences."""

    CHOICE = "choice"
    ENTRY = "entry"
    RECORD = "record"
    WAIT = "wait"
    JOIN = "join"
    HOLD = "hold"
    LEAD = "lead"
    CONNECT = "connect"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class Reply:
    """Sentences and what follows. `keys` are the valid keys of a choice; `0 *` are understood everywhere.

    `place` is the queue, the room or the number to go to, `onward` the path that tells where to go after it,
    `is_agent` whose leg it is, `whisper` the path of what a called side hears first.
    """

    lines: tuple[Line, ...]
    then: Then
    keys: tuple[str, ...] = ()
    before: tuple[Line, ...] = field(default=())
    place: str = ""
    onward: str = ""
    is_agent: bool = False
    whisper: str = ""

    def preceded_by(self, lines: tuple[Line, ...]) -> Reply:
        """Return the reply with more sentences before it."""
        return replace(self, before=(*lines, *self.before))

    def as_facts(self) -> dict[str, Any]:
        """Return what is said, for the call's log; `said_first` is how many sentences come before the node's own."""
        lines = (*self.before, *self.lines)
        return {
            "prompts": [line.prompt for line in lines],
            "values": [dict(line.values) for line in lines],
            "said_first": len(self.before),
        }


def choice(*lines: Line, keys: tuple[str, ...]) -> Reply:
    """One key decides."""
    return Reply(lines, Then.CHOICE, keys)


def number_keys(count: int) -> tuple[str, ...]:
    """Return the keys from 1 to `count`."""
    return tuple(str(number) for number in range(1, count + 1))


def entry(*lines: Line) -> Reply:
    """Digits, ended by the hash key."""
    return Reply(lines, Then.ENTRY)


def record(*lines: Line, keys: tuple[str, ...] = ()) -> Reply:
    """A spoken message after the tone, or one of these keys while the sentences before it are said."""
    return Reply(lines, Then.RECORD, keys)


def wait(*lines: Line, queue: str, onward: str) -> Reply:
    """A place in a queue, until somebody comes or the caller leaves."""
    return Reply(lines, Then.WAIT, place=queue, onward=onward)


def join(*lines: Line, room: str, onward: str, is_agent: bool = False) -> Reply:
    """A talk in a room, until it is over; with an agent's leg the room ends."""
    return Reply(lines, Then.JOIN, place=room, onward=onward, is_agent=is_agent)


def hold(*lines: Line, onward: str) -> Reply:
    """Music, until the talk goes on."""
    return Reply(lines, Then.HOLD, onward=onward)


def lead(*lines: Line, onward: str) -> Reply:
    """On to another place, whose path says all it needs."""
    return Reply(lines, Then.LEAD, onward=onward)


def connect(*lines: Line, number: str, whisper: str, onward: str) -> Reply:
    """A talk with the telephone of this number, which sees ours alone."""
    return Reply(lines, Then.CONNECT, place=number, onward=onward, whisper=whisper)


def hang_up(*lines: Line) -> Reply:
    """The last words."""
    return Reply(lines, Then.HANG_UP)
