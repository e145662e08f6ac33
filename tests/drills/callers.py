"""People who go on calling while the house falls down around them, and what they heard."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial

from simulator.call import CallGoesOn, NobodyListens
from simulator.exchange import Exchange, Hotline
from simulator.telephone import Telephone
from simulator.transcript import Who
from simulator.transport import HttpTransport
from simulator.webhooks import WebhookFailed
from tests.drills.people import People
from tests.drills.programs import ACCOUNT, HOTLINE, TOKEN, Drilled

MOST_KEYS = 12
REST_SECONDS = 0.5
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
    """Some people who each call again and again."""

    house: Drilled
    people: People
    numbers: list[str]
    count: int
    seed: int
    heard: list[Heard] = field(default_factory=list)

    def begin(self) -> None:
        for index in range(self.count):
            draws = random.Random(self.seed * 1000 + index)
            exchange = Exchange(
                HttpTransport(), TOKEN, account_sid=ACCOUNT, seed=self.seed * 1000 + index, is_strict=False
            )
            hotline = exchange.add_hotline(
                Hotline.at(
                    self.house.address, HOTLINE, voice_fallback_url=f"{self.house.fallback_address}/ivr/fallback"
                )
            )
            self.people.begin(partial(self._act, exchange, hotline, draws), draws=draws, rest_seconds=REST_SECONDS)

    def _act(self, exchange: Exchange, hotline: Hotline, draws: random.Random) -> None:
        self.heard.append(_call(exchange, hotline, draws.choice(self.numbers), draws))
        exchange.callbacks.deliver()


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
