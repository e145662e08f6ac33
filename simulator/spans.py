"""The alphabet of a call: stretches of time, what may happen during them, and what a verb leads to."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.rooms import Room


class Doing(StrEnum):
    """What the caller experiences during a span."""

    SPEAKING = "speaking"
    PLAYING = "playing"
    PAUSING = "pausing"
    LISTENING = "listening"
    RECORDING = "recording"
    RINGING = "ringing"
    TALKING = "talking"
    WAITING = "waiting"


class Means(StrEnum):
    """How a caller can act during a span."""

    KEYS = "keys"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the call in which nothing but time happens unless the caller acts."""

    doing: Doing
    seconds: float
    words: str = ""
    language: str = ""
    voice: str = ""
    accepts: frozenset[Means] = frozenset()
    rests: bool = False
    """The other end now waits for the caller: a test reads on only after the caller acted or chose to stay silent."""


LONGEST_SECONDS = 14_400.0
"""A call lasts four hours at most."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The span's time is over."""


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed one of 0-9 * #."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """The caller said something that took `seconds`."""

    words: str
    seconds: float


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller put the phone down, or the call was ended through REST."""

    by: str = "caller"


@dataclass(frozen=True, slots=True)
class Moved:
    """The live call was sent to another document through REST."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Taken:
    """An agent took the caller out of the queue and talked for `talks_seconds`.

    An agent who dialled the queue talks in `room` instead, until one of them goes; `whisper` is heard before.
    """

    talks_seconds: float
    room: Room | None = None
    whisper: Fetch | None = None


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """Somebody came into the room this leg is in, or went; `is_over` when it ended with that."""

    is_over: bool = False


Interruption = HungUp | Moved | Taken | RoomChanged
Event = Elapsed | Key | Spoken | Interruption


class Context(StrEnum):
    """Which document is played, and so which verbs it may hold."""

    CALL = "call"
    QUEUE_WAIT = "queue wait"
    CONFERENCE_WAIT = "conference wait"
    QUEUE_WHISPER = "queue whisper"
    WHISPER = "whisper"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Go on with the document at `url`, relative to the present one; `fields` come on top of the standard ones."""

    url: str
    method: str = "POST"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Over:
    """The call ends. `by` is `caller` or `hotline`; `status` is Twilio's CallStatus."""

    by: str
    status: str = "completed"


@dataclass(frozen=True, slots=True)
class Left:
    """The caller left the queue by the verb Leave."""


Outcome = Fetch | Over | Left | Interruption
Steps = Generator[Span, Event, Outcome | None]
"""What a verb is: it yields spans, is sent what happened, and returns where to go; nothing means the next verb."""
