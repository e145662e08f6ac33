"""People who go on calling while the house falls down around them, and what they heard."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

from simulator.call import CallGoesOn, NobodyListens
from simulator.exchange import Exchange, Hotline
from simulator.telephone import Telephone
from simulator.transcript import Who
from simulator.transport import HttpTransport
from simulator.webhooks import WebhookFailed
from tests.drills.programs import ACCOUNT, HOTLINE, TOKEN, Drilled

MOST_KEYS = 12
NOT_SOLVED = ("没有解决，请按2", "If not, press 2")
PROMISED = ("预约好了", "That is booked")


@dataclass
class Heard:
    """What came of a call: the words, and whether a window was promised in them."""

    call_sid: str
    words: list[str]
    trouble: str = ""

    @property
    def was_promised(self) -> bool:
        return any(_says(PROMISED, line) for line in self.words)


@dataclass
class Callers:
    """Some people who each call again and again until told to stop."""

    house: Drilled
    numbers: list[str]
    count: int
    seed: int
    heard: list[Heard] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        for index in range(self.count):
            thread = threading.Thread(target=self._live, args=(index,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Let everybody finish the call they are in."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a caller hangs"

    def _live(self, index: int) -> None:
        draws = random.Random(self.seed * 1000 + index)
        exchange = Exchange(HttpTransport(), TOKEN, account_sid=ACCOUNT, seed=self.seed * 1000 + index, is_strict=False)
        hotline = Hotline.at(
            self.house.address, HOTLINE, voice_fallback_url=f"{self.house.fallback_address}/ivr/fallback"
        )
        exchange.add_hotline(hotline)
        while not self._is_over.is_set():
            self.heard.append(_call(exchange, hotline, draws.choice(self.numbers), draws))
            exchange.callbacks.deliver()
            self._is_over.wait(draws.uniform(0.1, 1.0))


def _call(exchange: Exchange, hotline: Hotline, number: str, draws: random.Random) -> Heard:
    trouble = ""
    call = Telephone(number=number, exchange=exchange).dial(hotline)
    try:
        # One in four puts the phone down somewhere on the way; the others go on to a booking.
        most_keys = draws.randint(1, 5) if draws.random() < 1 / 4 else MOST_KEYS
        for _ in range(most_keys):
            heard = " ".join(call.listen())
            if call.is_over or _says(PROMISED, heard):
                break
            call.press("2" if _says(NOT_SOLVED, heard) else "1")
        if not call.is_over:
            call.listen()
            call.hang_up()
    except (NobodyListens, CallGoesOn):
        # A message may be left instead of a key pressed; whoever does not want to hangs up.
        if not call.is_over:
            call.hang_up()
    except WebhookFailed as error:
        trouble = str(error)
    words = [line.words for line in call.transcript.lines if line.who is Who.HOTLINE]
    return Heard(call.sid, words, trouble)


def _says(any_of: tuple[str, ...], words: str) -> bool:
    return any(part in words for part in any_of)
