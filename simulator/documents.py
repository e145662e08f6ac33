"""Where a leg's documents come from: the app, or its fallback when the app fails."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from simulator.document import read_document
from simulator.exchange import Exchange
from simulator.findings import CallBroken, TwimlRefused
from simulator.recordings import find_wav_seconds
from simulator.spans import Context, Fetch
from simulator.webhooks import MAX_REDIRECTS, TOO_MANY_REDIRECTS, Webhook, WebhookFailed

_UNKNOWN_MEDIA_SECONDS = 5.0


class DocumentSource:
    """Asks for one call's documents. `url` is the present document's, against which relative ones are resolved."""

    def __init__(self, exchange: Exchange, *, call_sid: str, fallback_url: str) -> None:
        self.url = ""
        self._exchange = exchange
        self._call_sid = call_sid
        self._fallback_url = fallback_url
        self._hops = 0

    def note_caller(self) -> None:
        """The caller acted or chose to stay silent: whatever follows is no loop."""
        self._hops = 0

    def refuse(self, code: int, reason: str) -> None:
        """Find fault with the present document; a strict telephone raises."""
        self._exchange.findings.note(TwimlRefused(code, f"{self.url}: {reason}"), code, self._call_sid)

    def resolve(self, url: str) -> str:
        """Return a URL of the present document as an absolute one."""
        absolute = urljoin(self.url, url)
        if "://" not in absolute:
            raise TwimlRefused(11100, f"{url!r} is relative, and this document has no URL of its own")
        return absolute

    def fetch(self, fetch: Fetch, fields: Mapping[str, str], context: Context) -> list[Element]:
        """Return the next document's verbs; raise CallBroken when neither the app nor its fallback gives one."""
        self._hops += 1
        if self._hops > MAX_REDIRECTS + 1 and context is Context.CALL:
            self.refuse(TOO_MANY_REDIRECTS, f"{MAX_REDIRECTS} documents in a row without waiting for the caller")
            raise CallBroken("the documents lead in a circle")
        url = self.resolve(fetch.url)
        try:
            return self._ask(Webhook("voice", url, fields, fetch.method), context)
        except WebhookFailed as failure:
            self._exchange.findings.note(failure, failure.code, self._call_sid)
            return self._ask_fallback(fields, failure.code, failure.url, context)
        except TwimlRefused as refused:
            self._exchange.findings.note(refused, refused.code, self._call_sid)
            return self._ask_fallback(fields, refused.code, url, context)

    def _ask(self, webhook: Webhook, context: Context) -> list[Element]:
        verbs = read_document(self._exchange.webhooks.ask(webhook), context)
        self.url = webhook.url
        return verbs

    def _ask_fallback(self, fields: Mapping[str, str], code: int, url: str, context: Context) -> list[Element]:
        if not self._fallback_url:
            raise CallBroken(f"[{code}] {url}, and there is no fallback")
        error = {"ErrorCode": str(code), "ErrorUrl": url}
        try:
            return self._ask(Webhook("voice", self._fallback_url, {**fields, **error}), context)
        except (WebhookFailed, TwimlRefused) as failure:
            raise CallBroken(f"[{code}] {url}, and the fallback failed too: {failure}") from failure

    def find_media_seconds(self, url: str) -> float:
        """Fetch what Play names, with none of the call's parameters, and return how long it lasts."""
        try:
            response = self._exchange.webhooks.ask(Webhook("media", self.resolve(url), {}, "GET"))
        except WebhookFailed as failure:
            raise TwimlRefused(failure.code, f"Play cannot fetch its sound: {failure}") from failure
        if not response.media_type.startswith("audio/"):
            raise TwimlRefused(13420, f"{url} is {response.media_type}, not audio")
        return find_wav_seconds(response.body) or _UNKNOWN_MEDIA_SECONDS
