"""A carrier of texts that does what a test tells it to, and remembers what it was given."""

import datetime as dt
import threading
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from outbox.sender import SendRefused, SendUncertain


@dataclass(frozen=True)
class Carried:
    sid: str
    to_number: str
    body: str
    reference: str


@dataclass
class FakeCarrier:
    """A MessageProvider. `troubles` happen to the next sends, in order; `lost_answers` are carried all the same."""

    carried: list[Carried] = field(default_factory=list)
    troubles: list[SendRefused | SendUncertain] = field(default_factory=list)
    lost_answers: int = 0
    lookups: list[dt.datetime] = field(default_factory=list)
    cannot_be_asked: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def bodies(self) -> list[str]:
        return [carried.body for carried in self.carried]

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        with self._lock:
            if self.troubles:
                raise self.troubles.pop(0)
            carried = Carried(f"SM{len(self.carried):032x}", to_number, body, reference)
            self.carried.append(carried)
            if self.lost_answers:
                self.lost_answers -= 1
                raise SendUncertain("read timed out")
            return carried.sid

    def find_sent(
        self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str] = frozenset()
    ) -> str | None:
        self.lookups.append(since)
        if self.cannot_be_asked:
            raise SendUncertain("could not be looked up")
        found = (c.sid for c in self.carried if (c.to_number, c.body) == (to_number, body))
        return next((sid for sid in found if sid not in other_than), None)


class NoLines:
    """A LineControl where no call is live."""

    def move(self, call_sid: str, *, path: str) -> None:
        raise AssertionError(f"nobody is on the line: {call_sid} {path}")

    def end(self, call_sid: str) -> None:
        raise AssertionError(f"nobody is on the line: {call_sid}")


class NoRecordings:
    """A RecordingStore that keeps nothing."""

    def start(self, *, call_sid: str) -> str:
        raise AssertionError(f"nobody is on the line: {call_sid}")

    def pause(self, *, call_sid: str, recording_sid: str) -> None:
        raise AssertionError(f"nothing is recorded: {call_sid} {recording_sid}")

    def resume(self, *, call_sid: str, recording_sid: str) -> None:
        raise AssertionError(f"nothing is recorded: {call_sid} {recording_sid}")

    def fetch(self, *, recording_sid: str) -> bytes:
        raise AssertionError(f"nothing was recorded: {recording_sid}")

    def erase(self, *, recording_sid: str) -> None:
        raise AssertionError(f"nothing was recorded: {recording_sid}")
