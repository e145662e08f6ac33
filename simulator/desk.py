"""The desk: a few telephones in the hands of somebody who looks at a screen, and takes calls step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import RLock
from typing import Any

from simulator.call import SimulatedCall
from simulator.desk_settings import DeskSettings
from simulator.exchange import Exchange, Hotline
from simulator.messages import MessagingService
from simulator.numbers import Person, list_people
from simulator.parties import Habit
from simulator.telephone import Telephone
from simulator.transport import HttpTransport


class CallUnknown(LookupError):
    """There is no such call at this desk."""


@dataclass
class _CallOnScreen:
    """A call and how often it has moved on: a screen that acts on an older step has been overtaken."""

    call: SimulatedCall
    step: int = 0
    lock: RLock = field(default_factory=RLock)


def create_exchange(settings: DeskSettings) -> Exchange:
    """Return an exchange for a running app: real time, new SIDs on every run, faults noted instead of raised."""
    transport = HttpTransport(reroute={settings.public_url: settings.app_url})
    sid = settings.messaging_service_sid
    exchange = Exchange(
        transport,
        settings.auth_token,
        account_sid=settings.account_sid,
        seed=None,
        is_strict=False,
        api_base_url=settings.api_base_url,
        messaging_services={sid: MessagingService(sid, settings.hotline_number)} if sid else {},
    )
    exchange.add_hotline(Hotline.at(settings.public_url, settings.hotline_number))
    return exchange


class Desk:
    """Calls and messages of whoever sits at the desk. Safe to use from several threads."""

    def __init__(self, exchange: Exchange, settings: DeskSettings) -> None:
        self.exchange = exchange
        self.settings = settings
        self._calls: dict[str, _CallOnScreen] = {}

    def list_people(self) -> list[Person]:
        """Return who can be at the desk; every one of them answers when the app dials their number."""
        people = list_people(self.settings.numbers_file)
        for person in people:
            self.exchange.habits.setdefault(person.number, Habit())
        return people

    # ---- calls ----------------------------------------------------------------------------------------------------

    def dial(self, from_number: str) -> dict[str, Any]:
        """Call the hotline from this number."""
        phone = Telephone(number=from_number, exchange=self.exchange)
        return self._show(phone.dial(self.settings.hotline_number))

    def pick_up(self, number: str) -> dict[str, Any]:
        """Answer the call that rings at this number."""
        return self._show(Telephone(number=number, exchange=self.exchange).pick_up())

    def decline(self, number: str) -> None:
        """Refuse the call that rings at this number."""
        Telephone(number=number, exchange=self.exchange).decline()

    def hear(self, sid: str, step: int) -> dict[str, Any]:
        """What was going on at `step` has been heard to its end."""
        return self._act(sid, lambda call: call.hear_on(), only_at=step)

    def press(self, sid: str, key: str) -> dict[str, Any]:
        return self._act(sid, lambda call: call.press(key, interrupting=True))

    def say(self, sid: str, words: str) -> dict[str, Any]:
        return self._act(sid, lambda call: call.say(words, interrupting=True))

    def hang_up(self, sid: str) -> dict[str, Any]:
        return self._act(sid, lambda call: call.hang_up())

    def _show(self, call: SimulatedCall) -> dict[str, Any]:
        shown = self._calls[call.sid] = _CallOnScreen(call)
        return _as_json(shown)

    def _act(self, sid: str, act: Callable[[SimulatedCall], object], only_at: int | None = None) -> dict[str, Any]:
        shown = self._calls.get(sid)
        if shown is None:
            raise CallUnknown(sid)
        with shown.lock:
            if only_at is None or only_at == shown.step:
                shown.step += 1
                act(shown.call)
            return _as_json(shown)

    # ---- messages -------------------------------------------------------------------------------------------------

    def send_text(self, from_number: str, body: str) -> None:
        """Write to the hotline from this number."""
        Telephone(number=from_number, exchange=self.exchange).text(body, to=self.settings.hotline_number)

    def show_phone(self, number: str) -> dict[str, Any]:
        """Return what a phone shows: its messages both ways, oldest first, and who is calling."""
        self.exchange.callbacks.deliver()
        phone = Telephone(number=number, exchange=self.exchange)
        return {
            "ringing": phone.ringing.from_number if phone.ringing else None,
            "messages": [
                {
                    "sid": sms.sid,
                    "at": sms.sent_at.isoformat(),
                    "body": sms.body,
                    "is_mine": sms.from_number == number,
                    "segments": sms.segments,
                }
                for sms in self.exchange.messages.messages
                if sms.from_number == number or (sms.to_number == number and sms.status in {"delivered", "received"})
            ],
        }


def _as_json(shown: _CallOnScreen) -> dict[str, Any]:
    call, moment = shown.call, shown.call.moment
    return {
        "sid": call.sid,
        "step": shown.step,
        "status": call.status,
        "is_over": call.is_over,
        "ended_by": call.ending.by if call.ending else None,
        "lines": [asdict(line) for line in call.transcript.lines],
        "moment": None
        if moment is None
        else {
            "doing": str(moment.doing),
            "words": moment.words,
            "language": moment.language,
            "seconds": call.left_seconds,
            "accepts": sorted(moment.accepts),
        },
    }
