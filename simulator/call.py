"""A call in somebody's hand, in the words of the person who holds it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulator.exchange import Exchange
from simulator.leg import Ends, Leg, find_fallback
from simulator.spans import Doing, Fetch, HungUp, Key, Means, Moved, Over, Span, Spoken, Taken
from simulator.speech import find_spoken_seconds
from simulator.transcript import Line, Transcript, Who

_SECONDS_BETWEEN_KEYS = 0.4
_MOST_SPANS = 500


class NotHeard(AssertionError):
    """The hotline did not say it, and now waits for the caller or has hung up."""


class NobodyListens(AssertionError):
    """The caller acted where nothing takes it: the key or the words are lost."""


class CallGoesOn(AssertionError):
    """The call was expected to end by itself, but the hotline waits for the caller."""


@dataclass(frozen=True, slots=True)
class CallEnding:
    """Who ended the call (`caller`, `hotline`, `exchange`), with which CallStatus, after how many seconds."""

    by: str
    status: str
    seconds: float


class SimulatedCall:
    """A call between a person and a hotline, on virtual time.

    Time passes only when the person does something: `hears` lets the hotline speak until it has said it, `press`, `say`
    and `stay_silent` first listen until the hotline waits for the caller (pass `interrupting=True` to act at once, in
    the middle of what is being said), `wait` lets seconds pass, `hang_up` ends the call wherever it is.
    """

    def __init__(self, exchange: Exchange, from_number: str, to_number: str) -> None:
        self._hotline = exchange.hotlines.get(to_number)
        ends = Ends(from_number, to_number, number=from_number)
        self._leg = Leg(exchange, ends, fallback_url=find_fallback(self._hotline))
        self._exchange = exchange
        self._turn_begins = 0
        self._is_reported = False

    @classmethod
    def dialled(cls, exchange: Exchange, from_number: str, to_number: str) -> SimulatedCall:
        """Dial a hotline's number; the app's first document has been asked for when this returns."""
        if to_number not in exchange.hotlines:
            raise ValueError(f"{to_number} is no hotline of this exchange: add_hotline() first")
        call = cls(exchange, from_number, to_number)
        exchange.calls[call.sid] = call
        call._do(lambda: call._leg.start(Fetch(exchange.hotlines[to_number].voice_url)))
        return call

    # ---- hearing --------------------------------------------------------------------------------------------------

    def hears(self, words: str | re.Pattern[str]) -> str:
        """Listen until the hotline says `words` (a part of a sentence, or a pattern), and return the whole sentence.

        Looks at everything said since the caller last acted. Raise NotHeard when the hotline waits or has hung up.
        """
        while True:
            for text in self.heard:
                if words in text if isinstance(words, str) else words.search(text):
                    return text
            if self.is_waiting_for_me or self.is_over:
                raise NotHeard(f"{words!r} was not said. The call so far:\n{self.transcript}")
            self._pass()

    def does_not_hear(self, words: str) -> None:
        """Listen until the hotline waits or the call ends, and make sure that `words` are not among what it says."""
        said = [text for text in self.listen() if words in text]
        if said:
            raise AssertionError(f"{words!r} was said: {said[0]!r}")

    def listen(self) -> list[str]:
        """Listen until the hotline waits for the caller or the call ends; return what was said since the last act."""
        for _ in range(_MOST_SPANS):
            if self.is_waiting_for_me or self.is_over:
                return self.heard
            self._pass()
        raise CallGoesOn(f"the hotline talks for ever:\n{self.transcript}")

    @property
    def heard(self) -> list[str]:
        """What the hotline has begun to say since the caller last acted."""
        return [line.words for line in self._lines_of_turn if line.who is Who.HOTLINE and line.language]

    @property
    def languages(self) -> set[str]:
        """The languages heard since the caller last acted."""
        return {line.language for line in self._lines_of_turn if line.language}

    # ---- acting ---------------------------------------------------------------------------------------------------

    def press(self, keys: str, *, interrupting: bool = False) -> None:
        """Press keys one after the other, once the hotline listens; `interrupting` presses at once."""
        if not re.fullmatch(r"[0-9*#]+", keys):
            raise ValueError(f"a telephone has no keys {keys!r}")
        if not interrupting:
            self._listen_for(Means.KEYS)
        self._begin_turn()
        for position, symbol in enumerate(keys):
            if position:
                self._do(lambda: self._leg.let_pass(_SECONDS_BETWEEN_KEYS))
            self._act(Key(symbol))

    def say(self, words: str, *, interrupting: bool = False) -> None:
        """Speak to a hotline that listens for speech."""
        if not interrupting:
            self._listen_for(Means.SPEECH)
        self._begin_turn()
        self._act(Spoken(words, find_spoken_seconds(words)))

    def say_after_tone(self, words: str, *, seconds: float | None = None) -> None:
        """Leave a message: wait for the recording to begin, then speak for `seconds` (default: as it takes).

        One silence of the hotline's is waited through: it may offer a key before the tone.
        """
        silences = 0
        for _ in range(_MOST_SPANS):
            silences += self.is_waiting_for_me
            if self.is_recorded or self.is_over or silences > 1:
                break
            self._pass()
        if not self.is_recorded:
            raise NobodyListens(f"nothing is recorded here:\n{self.transcript}")
        self._begin_turn()
        self._act(Spoken(words, find_spoken_seconds(words) if seconds is None else seconds))

    def stay_silent(self) -> None:
        """Wait for the hotline to wait, and let it wait in vain."""
        self.listen()
        self._begin_turn()
        self._write_silence()
        self._pass()

    def hear_on(self) -> None:
        """Let what goes on right now come to its end: one sentence, one sound, one silence."""
        self._pass()

    def wait(self, seconds: float) -> None:
        """Let time pass, whatever the hotline does meanwhile."""
        left = seconds
        while left > 1e-9 and not self.is_over:  # noqa: PLR2004 - rounding
            step = min(left, max(self._leg.left_seconds, 1e-6))
            self._do(partial(self._leg.let_pass, step))
            left -= step

    def hang_up(self) -> None:
        """Put the phone down, now."""
        self._begin_turn()
        self._do(lambda: self._leg.give(HungUp()))

    # ---- what others do to this call ------------------------------------------------------------------------------

    def is_taken_by_agent(self, *, talks_seconds: float = 60.0) -> None:
        """An agent takes the caller out of the queue and talks with them."""
        if not any(self.sid == one.call_sid for queue in self._exchange.queues.values() for one in queue.waiting):
            raise NobodyListens(f"this caller waits in no queue:\n{self.transcript}")
        self._do(lambda: self._leg.give(Taken(talks_seconds)))

    def is_moved_to(self, url: str) -> None:
        """The app sends the live call to another document through REST."""
        self._do(lambda: self._leg.give(Moved(url)))

    def is_ended_by_rest(self) -> None:
        """The app ends the live call through REST."""
        self._do(lambda: self._leg.give(HungUp("exchange")))

    # ---- looking --------------------------------------------------------------------------------------------------

    def ends(self) -> CallEnding:
        """Listen to the end. Raise CallGoesOn when the hotline waits for the caller instead."""
        self.listen()
        if not self.is_over:
            raise CallGoesOn(f"the hotline waits for the caller:\n{self.transcript}")
        over = self.ending
        assert over is not None  # noqa: S101 - is_over says so
        return over

    @property
    def ending(self) -> CallEnding | None:
        over: Over | None = self._leg.ended
        return CallEnding(over.by, over.status, round(self._leg.seconds, 1)) if over else None

    @property
    def sid(self) -> str:
        return self._leg.sid

    @property
    def from_number(self) -> str:
        return self._leg.ends.from_number

    @property
    def to_number(self) -> str:
        return self._leg.ends.to_number

    @property
    def status(self) -> str:
        """Twilio's CallStatus."""
        return self._leg.status

    @property
    def transcript(self) -> Transcript:
        return self._leg.transcript

    @property
    def seconds(self) -> float:
        """Virtual seconds since the first ring."""
        return self._leg.seconds

    @property
    def left_seconds(self) -> float:
        """How long what goes on right now will still take."""
        return self._leg.left_seconds

    @property
    def moment(self) -> Span | None:
        """What the caller lives through right now; nothing when the call is over."""
        return self._leg.span

    @property
    def is_over(self) -> bool:
        return self._leg.span is None

    @property
    def is_waiting_for_me(self) -> bool:
        """Nothing more will be said until the caller acts or stays silent."""
        return self._leg.span is not None and self._leg.span.rests

    @property
    def talks_with(self) -> set[str]:
        """The numbers of everybody in the same room."""
        rooms = [room for room in self._exchange.rooms.values() if room.is_under_way]
        legs = [[seat.leg for seat in room.seats] for room in rooms]
        return {leg.number for room in legs if self._leg in room for leg in room if leg is not self._leg}

    @property
    def is_recorded(self) -> bool:
        return self._leg.span is not None and self._leg.span.doing is Doing.RECORDING

    # ---- inside ---------------------------------------------------------------------------------------------------

    @property
    def _lines_of_turn(self) -> list[Line]:
        return self.transcript.lines[self._turn_begins :]

    def _begin_turn(self) -> None:
        self._turn_begins = len(self.transcript.lines)

    def _write_silence(self) -> None:
        self.transcript.lines.append(Line(round(self._leg.seconds, 1), Who.CALLER, "[stays silent]"))

    def _listen_for(self, means: Means) -> None:
        for _ in range(_MOST_SPANS):
            span = self._leg.span
            if span is None or span.rests or (span.doing is Doing.LISTENING and means in span.accepts):
                return
            self._pass()

    def _act(self, event: Key | Spoken) -> None:
        noticed: list[bool] = []
        self._do(lambda: noticed.append(self._leg.give(event)))
        if not noticed[0]:
            what = event.symbol if isinstance(event, Key) else event.words
            raise NobodyListens(f"{what!r} is lost, nobody listens:\n{self.transcript}")

    def _pass(self) -> None:
        self._do(self._leg.let_pass)

    def _do(self, act: Callable[[], object]) -> None:
        act()
        self.report_end()
        while self._exchange.touched:
            touched = self._exchange.calls.get(self._exchange.touched.pop())
            if touched is not None:
                touched.report_end()
        self._exchange.callbacks.deliver()

    def report_end(self) -> None:
        """Tell the app that the call is over, once, if it is."""
        if self._leg.ended is None or self._is_reported:
            return
        self._is_reported = True
        self._report(self._leg)

    def _report(self, leg: Leg) -> None:
        """Tell the number's StatusCallback that the call ended."""
        if self._hotline and self._hotline.status_callback:
            fields = leg.base_fields() | make_end_fields(leg)
            leg.exchange.send_callback(
                "call-status", self._hotline.status_callback, fields, method="POST", is_voice=True
            )


def make_end_fields(leg: Leg) -> dict[str, str]:
    """Return what a callback says about the end of a call: seconds and started minutes since it was answered."""
    talked = 0 if leg.answered_at_seconds is None else round(leg.seconds - leg.answered_at_seconds)
    return {
        "CallDuration": str(talked),
        "Duration": str(-(-talked // 60)),
        "Timestamp": leg.exchange.timestamp(),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "0",
    }
