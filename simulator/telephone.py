"""A telephone with a number: it dials, it rings, it receives and sends messages."""

from __future__ import annotations

from simulator.answering import AnsweredCall
from simulator.call import SimulatedCall
from simulator.exchange import Exchange, Hotline
from simulator.messages import Fate, Sms
from simulator.outgoing import OutgoingCall
from simulator.parties import Habit, Reaction


class NothingArrived(AssertionError):
    """No such message or call came to this phone."""


class Telephone:
    """A person's phone. `number` may also be what carriers send instead of one, such as `anonymous`."""

    def __init__(self, *, number: str, exchange: Exchange) -> None:
        self.number = number
        self._exchange = exchange
        self._read = 0
        exchange.habits.setdefault(number, Habit())

    # ---- calling --------------------------------------------------------------------------------------------------

    def dial(self, hotline: Hotline | str) -> SimulatedCall:
        """Call a hotline of the exchange."""
        number = hotline.number if isinstance(hotline, Hotline) else hotline
        return SimulatedCall.dialled(self._exchange, self.number, number)

    def picks_up(self, *, after_seconds: float = 4.0, talks_seconds: float = 30.0, whisper_keys: str = "") -> None:
        """From now on answer calls the hotline connects to this phone by Dial; press `whisper_keys` in a whisper."""
        self._exchange.habits[self.number] = Habit(Reaction.PICKS_UP, after_seconds, talks_seconds, whisper_keys)

    def lets_it_ring(self) -> None:
        self._exchange.habits[self.number] = Habit(Reaction.LETS_IT_RING)

    def is_busy(self) -> None:
        self._exchange.habits[self.number] = Habit(Reaction.IS_BUSY)

    # ---- being called by the app through REST ---------------------------------------------------------------------

    @property
    def ringing(self) -> OutgoingCall | None:
        """The oldest call that rings here now."""
        calls = [call for call in self._exchange.outgoing if call.to_number == self.number and call.is_ringing]
        return calls[0] if calls else None

    def pick_up(self, *, answered_by: str = "human") -> AnsweredCall:
        """Answer the ringing call; `answered_by` is what answering-machine detection will say, if the app asked."""
        return AnsweredCall.picked_up(self._exchange, self._ring_or_raise(), answered_by=answered_by)

    def decline(self) -> None:
        """Refuse the ringing call: the app hears `busy`."""
        AnsweredCall.refused(self._exchange, self._ring_or_raise(), status="busy")

    def ignore(self) -> None:
        """Let it ring to the end: the app hears `no-answer`."""
        AnsweredCall.refused(self._exchange, self._ring_or_raise(), status="no-answer")

    def _ring_or_raise(self) -> OutgoingCall:
        if self.ringing is None:
            raise NothingArrived(f"{self.number} does not ring")
        return self.ringing

    # ---- messages -------------------------------------------------------------------------------------------------

    @property
    def inbox(self) -> list[Sms]:
        """Every message that arrived, oldest first."""
        return self._exchange.messages.list_for(self.number)

    @property
    def unread(self) -> list[Sms]:
        """Messages that arrived since this was last looked at."""
        new = self.inbox[self._read :]
        self._read += len(new)
        return new

    def receives(self, words: str) -> Sms:
        """Return the newest message that contains `words`; raise NothingArrived if there is none."""
        self._exchange.callbacks.deliver()
        for sms in reversed(self.inbox):
            if words in sms.body:
                return sms
        bodies = "\n".join(f"- {sms.body}" for sms in self.inbox) or "nothing"
        raise NothingArrived(f"{self.number} has no message with {words!r}, only:\n{bodies}")

    def text(self, body: str, *, to: Hotline | str) -> Sms:
        """Write a message to a hotline."""
        number = to.number if isinstance(to, Hotline) else to
        return self._exchange.receive_text(from_number=self.number, to_number=number, body=body)

    def cannot_receive(self, *, error_code: int = 30003) -> None:
        """From now on messages to this phone come back undelivered with Twilio's code (30003: switched off)."""
        self._exchange.messages.fates[self.number] = (Fate.UNDELIVERED, error_code)

    def does_not_exist(self, *, error_code: int = 30005) -> None:
        """From now on messages to this number fail before they are sent."""
        self._exchange.messages.fates[self.number] = (Fate.FAILED, error_code)
