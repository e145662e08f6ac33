"""A call the app made through REST, once somebody deals with it."""

from __future__ import annotations

from datetime import timedelta

from simulator.call import SimulatedCall, make_end_fields
from simulator.document import read_document
from simulator.exchange import Exchange
from simulator.leg import Ends, Leg
from simulator.outgoing import OutgoingCall
from simulator.spans import Fetch
from simulator.transport import Response


class AnsweredCall(SimulatedCall):
    """An outgoing call in the hand of the person who was called; everything a SimulatedCall can do."""

    def __init__(self, exchange: Exchange, outgoing: OutgoingCall) -> None:
        super().__init__(exchange, outgoing.from_number, outgoing.to_number)
        ends = Ends(outgoing.from_number, outgoing.to_number, outgoing.to_number, "outbound-api")
        self._leg = Leg(exchange, ends, sid=outgoing.sid, fallback_url=outgoing.fallback_url)
        self._outgoing = outgoing

    @classmethod
    def picked_up(cls, exchange: Exchange, outgoing: OutgoingCall, *, answered_by: str) -> AnsweredCall:
        """Answer: progress is told, then the app's document is asked for."""
        call = cls(exchange, outgoing)
        exchange.calls[call.sid] = call
        call._leg.status = outgoing.status = "in-progress"
        call._leg.answered_at_seconds = 0.0
        tell_progress(exchange, outgoing, "answered", call._leg)
        detected = {"AnsweredBy": answered_by} if outgoing.machine_detection else {}
        is_async = bool(detected and outgoing.async_detection_callback)
        if is_async:
            told = {"CallSid": call.sid, "AccountSid": exchange.account_sid, "MachineDetectionDuration": "2100"}
            url = outgoing.async_detection_callback
            exchange.send_callback("detection", url, told | detected, method="POST", is_voice=True)
        call._do(lambda: call._begin({} if is_async else detected))
        return call

    def _begin(self, detected: dict[str, str]) -> None:
        if self._outgoing.inline_twiml:
            document = Response(200, {"content-type": "text/xml"}, self._outgoing.inline_twiml.encode())
            self._leg.start_inline(read_document(document))
        else:
            self._leg.start(Fetch(self._outgoing.url, self._outgoing.method), extra_fields=detected)

    @classmethod
    def refused(cls, exchange: Exchange, outgoing: OutgoingCall, *, status: str) -> None:
        """End an outgoing call that nobody answered."""
        call = cls(exchange, outgoing)
        call._leg.status = outgoing.status = status
        tell_progress(exchange, outgoing, "completed", call._leg)
        exchange.callbacks.deliver()

    def _report(self, leg: Leg) -> None:
        self._outgoing.status = leg.status
        tell_progress(leg.exchange, self._outgoing, "completed", leg)


def end_unanswered(exchange: Exchange) -> None:
    """Give up on every phone that has rung for as long as the app asked it to: the app hears `no-answer`."""
    now = exchange.clock.now()
    for outgoing in list(exchange.outgoing):
        if outgoing.is_ringing and now >= outgoing.started_at + timedelta(seconds=outgoing.timeout_seconds):
            AnsweredCall.refused(exchange, outgoing, status="no-answer")


def cancel_call(exchange: Exchange, outgoing: OutgoingCall) -> None:
    """Stop a phone that rings for the app; its callback comes later, as everything the app causes itself."""
    outgoing.status = "canceled"
    ends = Ends(outgoing.from_number, outgoing.to_number, outgoing.to_number, "outbound-api")
    leg = Leg(exchange, ends, sid=outgoing.sid)
    leg.status = "canceled"
    tell_progress(exchange, outgoing, "completed", leg)


def tell_progress(exchange: Exchange, outgoing: OutgoingCall, event: str, leg: Leg) -> None:
    """Queue a progress callback if the app wants this event; the sequence counts those it does not want too."""
    sequence, outgoing.sequence = outgoing.sequence, outgoing.sequence + 1
    outgoing.told.append(event)
    if not outgoing.status_callback or event not in outgoing.status_events:
        return
    fields = leg.base_fields() | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": exchange.timestamp(),
    }
    if event == "completed":
        fields |= {**make_end_fields(leg), "SequenceNumber": str(sequence)}
    method = outgoing.status_callback_method
    exchange.send_callback("call-progress", outgoing.status_callback, fields, method=method, is_voice=True)


def place_call(exchange: Exchange, outgoing: OutgoingCall) -> None:
    """Let a phone ring for the app; a phone that is busy or off ends the call at once."""
    exchange.outgoing.append(outgoing)
    ends = Ends(outgoing.from_number, outgoing.to_number, outgoing.to_number, "outbound-api")
    leg = Leg(exchange, ends, sid=outgoing.sid)
    for event, status in (("initiated", "queued"), ("ringing", "ringing")):
        leg.status = outgoing.status = status
        tell_progress(exchange, outgoing, event, leg)
