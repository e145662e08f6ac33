"""Status callbacks: queued as things happen, delivered in turn, or held for a test to shuffle, lose and repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import RLock
from urllib.parse import urlsplit

from simulator.findings import Finding, Findings
from simulator.transport import Response
from simulator.webhooks import Webhook, WebhookFailed, Webhooks

_WRONG_ANSWER = 12300


@dataclass
class CallbackDesk:
    """Twilio promises neither order nor once-only delivery; by default this desk delivers in order, once."""

    webhooks: Webhooks
    findings: Findings
    is_held: bool = False
    waiting: list[Webhook] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def add(self, webhook: Webhook) -> None:
        with self._lock:
            self.waiting.append(webhook)

    def deliver(self) -> None:
        """Deliver what waits, unless the desk is held."""
        while not self.is_held:
            with self._lock:
                if not self.waiting:
                    return
                webhook = self.waiting.pop(0)
            self._deliver_one(webhook)

    def hold(self) -> None:
        """Keep callbacks back until `release`."""
        self.is_held = True

    def release(self, order: Sequence[int] | None = None) -> None:
        """Deliver what was held: all in order, or by position: left out is lost, named twice is doubled."""
        with self._lock:
            held, self.waiting, self.is_held = self.waiting, [], False
        for position in range(len(held)) if order is None else order:
            self._deliver_one(held[position])

    def _deliver_one(self, webhook: Webhook) -> None:
        call_sid = webhook.form.get("CallSid", "")
        try:
            response = self.webhooks.ask(webhook)
        except WebhookFailed as failure:
            self.findings.found.append(Finding(failure.code, str(failure), call_sid))
            return
        if not _is_quiet(response):
            where = urlsplit(webhook.url).path
            self.findings.found.append(
                Finding(_WRONG_ANSWER, f"{where}: a callback is answered 204, or 200 with an empty Response", call_sid)
            )


def _is_quiet(response: Response) -> bool:
    return not response.body.strip() or response.media_type in {"text/xml", "application/xml"}
