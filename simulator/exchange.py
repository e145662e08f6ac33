"""The exchange: it owns numbers, joins calls and messages, and knows the app only as a set of URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from simulator.callbacks import CallbackDesk
from simulator.clock import Clock, WallClock
from simulator.findings import Finding, Findings
from simulator.messages import MessageStore, MessagingService, Sms
from simulator.outgoing import OutgoingCall
from simulator.parties import Habit
from simulator.queues import WaitingQueue
from simulator.recordings import Recording
from simulator.rest_faults import RestFault
from simulator.rooms import Room
from simulator.sids import Sids
from simulator.transport import Response, Transport
from simulator.webhooks import DEADLINE_SECONDS, TRIAL_DEADLINE_SECONDS, Webhook, WebhookFailed, Webhooks

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Hotline:
    """One number of the organisation, and the URLs configured for it, as in Twilio's console."""

    number: str
    voice_url: str
    voice_fallback_url: str = ""
    status_callback: str = ""
    sms_url: str = ""
    sms_fallback_url: str = ""

    @classmethod
    def at(cls, base_url: str, number: str, **paths: str) -> Hotline:
        """Configure a number for an app at `base_url` with the documented paths; `paths` replaces single ones."""
        documented = {
            "voice_url": "ivr/answer",
            "voice_fallback_url": "ivr/fallback",
            "status_callback": "ivr/call-status",
            "sms_url": "sms/incoming",
        }
        root = base_url.rstrip("/") + "/"
        return cls(number=number, **{name: urljoin(root, path) for name, path in (documented | paths).items()})


class KnownCall(Protocol):
    """What REST can tell about a call and do to it."""

    @property
    def status(self) -> str: ...
    @property
    def from_number(self) -> str: ...
    @property
    def to_number(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def is_over(self) -> bool: ...
    def is_ended_by_rest(self) -> None: ...
    def is_moved_to(self, url: str) -> None: ...
    def report_end(self) -> None: ...


@dataclass
class Exchange:
    """All calls and messages between simulated phones and one app.

    `transport` reaches the app. `seed` makes SIDs and the optional parameters of requests repeatable; None makes them
    new on every run. `clock` is shared by everything; in tests hand a VirtualClock's `now` to the app too. A strict
    exchange raises on a document Twilio would not play well; otherwise it is written into `findings`.
    """

    transport: Transport
    auth_token: str
    account_sid: str = ""
    seed: int | None = 1
    clock: Clock = field(default_factory=WallClock)
    is_strict: bool = True
    deadline_seconds: float = DEADLINE_SECONDS
    is_trial: bool = False
    """A trial account waits 5 s for an answer at most."""
    api_base_url: str = "https://api.twilio.com"
    messaging_services: dict[str, MessagingService] = field(default_factory=dict)
    """The account's messaging services by SID."""
    hotlines: dict[str, Hotline] = field(default_factory=dict)
    habits: dict[str, Habit] = field(default_factory=dict)
    """How phones behave that the app calls by Dial; a number without an entry is not in service."""
    queues: dict[str, WaitingQueue] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    past_rooms: list[Room] = field(default_factory=list)
    """Rooms that are over and whose name another room has taken since."""
    touched: list[str] = field(default_factory=list)
    """Legs to which something happened because of what others did, until their calls have looked."""
    recordings: dict[str, Recording] = field(default_factory=dict)
    recording_states: dict[str, str] = field(default_factory=dict)
    """Of recordings that REST started: in-progress, paused or stopped."""
    outgoing: list[OutgoingCall] = field(default_factory=list)
    """Calls the app made through REST, newest last."""
    calls: dict[str, KnownCall] = field(default_factory=dict)
    """Every call somebody dialled or picked up, by SID."""
    rest_faults: list[RestFault] = field(default_factory=list)
    """What goes wrong with the next requests to REST, in order."""

    def __post_init__(self) -> None:
        self.sids = Sids(self.seed)
        self.account_sid = self.account_sid or self.sids.new("AC")
        self.findings = Findings(is_strict=self.is_strict)
        deadline_seconds = min(self.deadline_seconds, TRIAL_DEADLINE_SECONDS if self.is_trial else DEADLINE_SECONDS)
        self.webhooks = Webhooks(self.transport, self.auth_token, self.sids, deadline_seconds)
        self.callbacks = CallbackDesk(self.webhooks, self.findings)
        self.messages = MessageStore()

    def add_hotline(self, hotline: Hotline) -> Hotline:
        """Connect a number to the app."""
        self.hotlines[hotline.number] = hotline
        return hotline

    def timestamp(self) -> str:
        """Return now as Twilio writes it (RFC 2822)."""
        return format_datetime(self.clock.now())

    def send_callback(self, kind: str, url: str, fields: Mapping[str, str], *, method: str, is_voice: bool) -> None:
        """Queue a callback; `callbacks.deliver` sends it, unless a test holds the desk."""
        self.callbacks.add(Webhook(kind=kind, url=url, form=dict(fields), method=method, is_voice=is_voice))

    def send_sms(self, sms: Sms) -> Sms:
        """Take a message from the app to its phone. Status callbacks wait for the next delivery.

        They are never sent from within the request that sent the message: the app has not stored its SID yet.
        """
        accepted = replace(sms)
        self.messages.carry(sms, self._tell_status)
        return accepted

    def _tell_status(self, sms: Sms) -> None:
        if not sms.status_callback:
            return
        fields = self._message_fields(sms) | {"MessageStatus": sms.status, "SmsStatus": sms.status}
        if sms.messaging_service_sid:
            fields["MessagingServiceSid"] = sms.messaging_service_sid
        if sms.error_code is not None:
            fields["ErrorCode"] = str(sms.error_code)
        self.send_callback("message-status", sms.status_callback, fields, method="POST", is_voice=False)

    def receive_text(self, *, from_number: str, to_number: str, body: str) -> Sms:
        """Take a person's message to the app, and the app's answer in TwiML back to the person."""
        hotline = self.hotlines[to_number]
        sms = Sms(self.sids.new("SM"), from_number, to_number, body, "inbound", self.clock.now(), "received")
        self.messages.messages.append(sms)
        service = next((one for one in self.messaging_services.values() if one.number == to_number), None)
        own_words = service.own_words if service is not None else {}
        answer = self.messages.read_opt_word(person=from_number, hotline=to_number, body=body, own_words=own_words)
        if answer is not None:
            self._reply(sms, answer[1])
        fields = self._message_fields(sms) | {
            "Body": body,
            "NumMedia": "0",
            "NumSegments": str(sms.segments),
            "SmsStatus": "received",
            "ToCountry": "CN",
            "FromCountry": "CN",
        }
        if service is not None:
            fields["MessagingServiceSid"] = service.sid
        if answer is not None and own_words:
            fields["OptOutType"] = answer[0]
        response = self._ask_sms(hotline, fields)
        if response is not None:
            for reply in _read_replies(response):
                self._reply(sms, reply)
        self.callbacks.deliver()
        return sms

    def _ask_sms(self, hotline: Hotline, fields: Mapping[str, str]) -> Response | None:
        try:
            return self.webhooks.ask(Webhook("sms", hotline.sms_url, fields, is_voice=False))
        except WebhookFailed as failure:
            self.findings.found.append(Finding(failure.code, str(failure), ""))
            if not hotline.sms_fallback_url:
                return None
            error = {"ErrorCode": str(failure.code), "ErrorUrl": failure.url}
        try:
            return self.webhooks.ask(Webhook("sms", hotline.sms_fallback_url, {**fields, **error}, is_voice=False))
        except WebhookFailed as failure:
            self.findings.found.append(Finding(failure.code, str(failure), ""))
            return None

    def _message_fields(self, sms: Sms) -> dict[str, str]:
        return {
            "MessageSid": sms.sid,
            "SmsSid": sms.sid,
            "SmsMessageSid": sms.sid,
            "AccountSid": self.account_sid,
            "From": sms.from_number,
            "To": sms.to_number,
            "ApiVersion": API_VERSION,
        }

    def _reply(self, sms: Sms, body: str) -> None:
        reply = Sms(
            self.sids.new("SM"), sms.to_number, sms.from_number, body, "outbound-reply", self.clock.now(), "queued"
        )
        self.messages.carry(reply, self._tell_status)


def _read_replies(response: Response) -> list[str]:
    """Return the texts of Message verbs; an empty answer is none."""
    if not response.body.strip():
        return []
    root = ET.fromstring(response.body)  # noqa: S314 - the answer of the app under test
    return ["".join(message.itertext()).strip() for message in root.iter("Message")]
