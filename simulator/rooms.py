"""Conferences: rooms that legs of calls enter and leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from simulator.spans import Event, RoomChanged


class Seated(Protocol):
    """A leg, as its room sees it."""

    sid: str
    number: str

    def give(self, event: Event) -> bool:
        """Let something happen on the leg."""
        ...


@dataclass(slots=True, eq=False)
class Seat:
    """One leg in a room. `starts`: it need not wait for somebody else to begin; `ends`: the room ends with it."""

    leg: Seated
    starts: bool = True
    ends: bool = False
    is_muted: bool = False
    is_on_hold: bool = False


@dataclass
class Room:
    """One conference: it begins with the second leg, and with one that may start it; it is over when it is empty."""

    name: str
    sid: str
    made_at: datetime
    seats: list[Seat] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    """Legs to which something happened by what others did."""
    has_begun: bool = False
    is_over: bool = False
    """Nobody is in it any more. Whoever comes now opens another room of the same name."""
    ended_by: str = ""
    """The leg with which it ended."""
    end_reason: str = ""

    @property
    def status(self) -> str:
        """Twilio's word for how it stands."""
        return "completed" if self.is_over else "in-progress" if self.has_begun else "init"

    @property
    def is_under_way(self) -> bool:
        """Whether those inside hear each other; who is alone hears the wait document."""
        return self.has_begun and len(self.seats) > 1

    def enter(self, seat: Seat) -> None:
        self.seats.append(seat)
        self.has_begun = self.has_begun or (seat.starts and len(self.seats) > 1)
        self._tell_others(seat, RoomChanged())

    def leave(self, seat: Seat, *, how: str = "left") -> None:
        """Go out; with one whose seat ends the room everybody else is out as well."""
        if seat not in self.seats:
            return
        self.seats.remove(seat)
        left = list(self.seats)
        if seat.ends:
            self.seats.clear()
        if not self.seats:
            who = "participant-with-end-conference-on-exit" if seat.ends else "last-participant"
            self._close(f"{who}-{how}", ended_by=seat.leg.sid)
        self._tell(left, RoomChanged(is_over=seat.ends))

    def end(self) -> None:
        """Everybody is out, because REST said so."""
        left = list(self.seats)
        self.seats.clear()
        self._close("conference-ended-via-api")
        self._tell(left, RoomChanged(is_over=True))

    def put_out(self, seat: Seat) -> None:
        """One is out, because REST said so; with one whose seat ends the room everybody else is as well."""
        self.leave(seat, how="kicked")
        self._tell([seat], RoomChanged(is_over=True))

    def _close(self, reason: str, *, ended_by: str = "") -> None:
        if not self.is_over:
            self.is_over, self.end_reason, self.ended_by = True, reason, ended_by
        self.has_begun = False

    def _tell_others(self, seat: Seat, event: RoomChanged) -> None:
        self._tell([one for one in self.seats if one is not seat], event)

    def _tell(self, seats: list[Seat], event: RoomChanged) -> None:
        for one in seats:
            self.touched.append(one.leg.sid)
            one.leg.give(event)
