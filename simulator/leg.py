"""One leg of a call: it asks the app for documents, plays them verb by verb, and keeps time and transcript."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from simulator.documents import DocumentSource
from simulator.exchange import API_VERSION, Exchange, Hotline
from simulator.findings import CallBroken, NotSimulated, TwimlRefused
from simulator.line import CalledParty
from simulator.spans import (
    LONGEST_SECONDS,
    Context,
    Doing,
    Elapsed,
    Event,
    Fetch,
    HungUp,
    Key,
    Means,
    Moved,
    Outcome,
    Over,
    RoomChanged,
    Span,
    Spoken,
    Steps,
)
from simulator.transcript import Line as TranscriptLine, Transcript, Who
from simulator.verbs import VERBS

_ENDING = {"Record", "Redirect", "Hangup", "Reject", "Leave"}
_UNHEARD = {"Pause", "Reject", "Redirect"}  # as first verbs these do not answer the call
_APPLICATION_ERROR = "[an application error has occurred, goodbye]"


@dataclass(frozen=True, slots=True)
class Ends:
    """Who and what a leg connects. `number` is the person's; `direction` is Twilio's word."""

    from_number: str
    to_number: str
    number: str
    direction: str = "inbound"
    parent_sid: str = ""


class Leg:
    """The exchange's side of one call. People use `SimulatedCall`, which is a leg in somebody's hand."""

    def __init__(self, exchange: Exchange, ends: Ends, *, sid: str = "", fallback_url: str = "") -> None:
        self.exchange = exchange
        self.ends = ends
        self.number = ends.number
        self.sid = sid or exchange.sids.new("CA")
        self.context = Context.CALL
        self.source = DocumentSource(exchange, call_sid=self.sid, fallback_url=fallback_url)
        self.status = "ringing"
        self.seconds = 0.0
        self.answered_at_seconds: float | None = None
        self.transcript = Transcript()
        self.span: Span | None = None
        self.left_seconds = 0.0
        self.ended: Over | None = None
        self._opening: dict[str, str] = {}
        self._extras = _choose_extras(exchange)
        self._run: Generator[Span, Event, None] | None = None

    # ---- what a caller does -------------------------------------------------------------------------------------

    def start(self, first: Fetch, *, extra_fields: Mapping[str, str] | None = None) -> None:
        """Ask for the first document and play until time has to pass."""
        self._opening = dict(extra_fields or {})
        self._run = self._live(first)
        self._step(None)

    def start_inline(self, verbs: list[Element]) -> None:
        """Play a document that came with the call instead of from a URL."""
        self._run = self._live(verbs)
        self._step(None)

    def let_pass(self, seconds: float | None = None) -> None:
        """Let time pass within the present span, at most to its end; without `seconds`, to its end."""
        if self.span is None:
            return
        wanted = self.left_seconds if seconds is None else min(seconds, self.left_seconds)
        passing = min(wanted, LONGEST_SECONDS - self.seconds)
        self._pass(passing)
        if self.seconds >= LONGEST_SECONDS:
            self.give(HungUp("exchange"))
            return
        if self.left_seconds <= 1e-9:  # noqa: PLR2004 - rounding, not a rule
            if self.span.rests:
                self.source.note_caller()
            self._step(Elapsed())

    def give(self, event: Event) -> bool:
        """Act at this very moment; say whether anybody noticed."""
        if self.span is None:
            return False
        if isinstance(event, Key | Spoken):
            self.source.note_caller()
            means = Means.KEYS if isinstance(event, Key) else Means.SPEECH
            words = f"[{event.symbol}]" if isinstance(event, Key) else event.words
            is_noticed = means in self.span.accepts or (self.span.doing is Doing.TALKING and means is Means.KEYS)
            self._write(Who.CALLER, words if is_noticed else f"{words} (nobody listens)")
            if not is_noticed:
                return False
        elif isinstance(event, Moved | RoomChanged):
            # Somebody acts here too, if not the caller: what follows is no loop.
            self.source.note_caller()
        elif isinstance(event, HungUp):
            self._write(Who.CALLER if event.by == "caller" else Who.EXCHANGE, "[hangs up]")
        self._step(event)
        return True

    # ---- what verbs ask (simulator.line.Line) -----------------------------------------------------------------------

    @property
    def passed_seconds(self) -> float:
        return (self.span.seconds if self.span else 0.0) - self.left_seconds

    def note(self, words: str) -> None:
        self._write(Who.EXCHANGE, words)

    def base_fields(self) -> dict[str, str]:
        parent = {"ParentCallSid": self.ends.parent_sid} if self.ends.parent_sid else {}
        return {
            "CallSid": self.sid,
            "AccountSid": self.exchange.account_sid,
            "From": self.ends.from_number,
            "To": self.ends.to_number,
            "Caller": self.ends.from_number,
            "Called": self.ends.to_number,
            "CallStatus": self.status,
            "ApiVersion": API_VERSION,
            "Direction": self.ends.direction,
        } | parent

    def send_callback(self, kind: str, url: str, fields: Mapping[str, str], *, method: str = "POST") -> None:
        self.exchange.send_callback(kind, self.source.resolve(url), fields, method=method, is_voice=True)

    def tell(self, fetch: Fetch) -> None:
        self.status = "completed"
        self.fetch(fetch)

    def notify(self, fetch: Fetch) -> None:
        url = self.source.url
        self.fetch(fetch)
        self.source.url = url

    def whisper_to(self, called: CalledParty) -> Outcome | None:
        ends = Ends(called.shown_number, called.number, called.number, "outbound-dial", self.sid)
        child = Leg(self.exchange, ends, sid=called.sid)
        child.context, child.status = Context.WHISPER, "in-progress"
        child.start(Fetch(called.whisper_url, called.whisper_method))
        keys = list(called.keys)
        while child.span is not None:
            if keys and child.span.doing is Doing.LISTENING:
                child.give(Key(keys.pop(0)))
            else:
                child.let_pass()
        for line in child.transcript.lines:
            self.note(f"[{called.number} hears or does: {line.words}]")
        # The end of a whisper document joins the two; a Hangup in it does not.
        return child.ended if child.ended and child.ended.by != "whisper" else None

    def fetch(self, fetch: Fetch) -> list[Element]:
        fields = self.base_fields() | self._extras | self._opening | dict(fetch.fields)
        self._opening = {}
        return self.source.fetch(fetch, fields, self.context)

    def perform(self, verbs: list[Element]) -> Steps:
        for position, verb in enumerate(verbs):
            if verb.tag not in _UNHEARD:
                self._answer()
            if position + 1 < len(verbs) and _ends_document(verb):
                self.source.refuse(0, f"{verbs[position + 1].tag} is never reached: {verb.tag} ends the document")
            if verb.tag not in VERBS:
                raise NotSimulated(f"this telephone does not play {verb.tag}")
            outcome = yield from VERBS[verb.tag](verb, self)
            if outcome is not None:
                return outcome
        return None

    # ---- inside ---------------------------------------------------------------------------------------------------

    def _live(self, first: Fetch | list[Element]) -> Generator[Span, Event, None]:
        try:
            verbs = self.fetch(first) if isinstance(first, Fetch) else first
            while True:
                outcome = yield from self.perform(verbs)
                if isinstance(outcome, Moved):
                    outcome = Fetch(outcome.url, outcome.method)
                if not isinstance(outcome, Fetch):
                    break
                verbs = self.fetch(outcome)
            self._end(self._judge(outcome))
        except TwimlRefused as refused:  # a value that only shows when the verb is played
            self._break_off()
            self.exchange.findings.note(refused, refused.code, self.sid)
        except CallBroken as broken:
            self._break_off()
            self.exchange.findings.note(broken, 0, self.sid)

    def _judge(self, outcome: Outcome | None) -> Over:
        if isinstance(outcome, Over):
            return outcome
        if isinstance(outcome, HungUp):
            # Since 2024 a call that ends before it was answered is no-answer, not canceled.
            return Over(outcome.by, "completed" if self.answered_at_seconds is not None else "no-answer")
        return Over("whisper" if self.context is Context.WHISPER else "hotline")

    def _answer(self) -> None:
        if self.answered_at_seconds is None:
            self.answered_at_seconds = self.seconds
            self.status = "in-progress"

    def _break_off(self) -> None:
        self.note(_APPLICATION_ERROR)
        self._end(Over("exchange", "completed" if self.answered_at_seconds is not None else "failed"))

    def _end(self, over: Over) -> None:
        self.ended, self.status, self.span = over, over.status, None
        if over.by == "hotline":
            self._write(Who.HOTLINE, "[hangs up]")

    def _pass(self, seconds: float) -> None:
        self.seconds += seconds
        self.left_seconds -= seconds
        self.exchange.clock.advance(seconds)

    def _step(self, event: Event | None) -> None:
        assert self._run is not None  # noqa: S101 - start() was called
        try:
            # A generator that has not begun takes None first.
            self.span = self._run.send(event)  # type: ignore[arg-type]
        except StopIteration:
            self.span = None
            return
        self.left_seconds = self.span.seconds
        if self.span.words:
            self._write(Who.HOTLINE, self.span.words, self.span)

    def _write(self, who: Who, words: str, span: Span | None = None) -> None:
        language, voice = (span.language, span.voice) if span else ("", "")
        self.transcript.lines.append(TranscriptLine(round(self.seconds, 1), who, words, language, voice))


def _ends_document(verb: Element) -> bool:
    return verb.tag in _ENDING or (verb.tag in {"Dial", "Enqueue"} and "action" in verb.attrib)


def _choose_extras(exchange: Exchange) -> dict[str, str]:
    """Return parameters Twilio may or may not send; the app must do without, and survive unknown ones."""
    optional = {
        "FromCountry": "CN",
        "FromCity": "SHANGHAI",
        "ToCountry": "CN",
        "CallerCountry": "CN",
        "CalledCountry": "CN",
        "StirVerstat": "TN-Validation-Passed-A",
        "CallToken": "%7B%22parentCallInfoToken%22%3A%22simulated%22%7D",
        "SimulatedNewParameter": "unannounced",
    }
    chance = exchange.sids.random
    return {name: value for name, value in optional.items() if chance.random() < 0.5}  # noqa: PLR2004 - a coin


def find_fallback(hotline: Hotline | None) -> str:
    """Return where a hotline's calls go when its app fails."""
    return hotline.voice_fallback_url if hotline else ""
