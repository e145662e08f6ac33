"""Conferences: rooms that legs of calls enter and leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from simulator.spans import Event, RoomChanged


class Seated(Protocol):
    """A leg, as its room sees it."""

    sid: str
    number: str

    def give(self, event: Event) -> bool:
        """Let something happen on the leg."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One leg in a room. `starts`: it need not wait for somebody else to begin; `ends`: the room ends with it."""

    leg: Seated
    starts: bool = True
    ends: bool = False


@dataclass
class Room:
    """One conference: it begins with the second leg, and with one that may start it; it is over when it is empty."""

    name: str
    sid: str
    seats: list[Seat] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    """Legs to which something happened by what others did."""
    has_begun: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether those inside hear each other; who is alone hears the wait document."""
        return self.has_begun and len(self.seats) > 1

    def enter(self, seat: Seat) -> None:
        self.seats.append(seat)
        self.has_begun = self.has_begun or (seat.starts and len(self.seats) > 1)
        self._tell_others(seat, RoomChanged())

    def leave(self, seat: Seat) -> None:
        """Go out; with one whose seat ends the room everybody else is out as well."""
        if seat not in self.seats:
            return
        self.seats.remove(seat)
        left = list(self.seats)
        if seat.ends:
            self.seats.clear()
        self.has_begun = self.has_begun and bool(self.seats)
        self._tell(left, RoomChanged(is_over=seat.ends))

    def _tell_others(self, seat: Seat, event: RoomChanged) -> None:
        self._tell([one for one in self.seats if one is not seat], event)

    def _tell(self, seats: list[Seat], event: RoomChanged) -> None:
        for one in seats:
            self.touched.append(one.leg.sid)
            one.leg.give(event)
