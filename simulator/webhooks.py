"""Asking the app as Twilio asks: headers, signature, deadline, one retry with the same token, redirects."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from simulator.sids import Sids
from simulator.signature import find_signed_url, sign
from simulator.transport import Response, TookTooLong, Transport, Unreachable

HTTP_FAILURE = 11200
CONNECTION_FAILURE = 11205
TOO_MANY_REDIRECTS = 11215

MAX_REDIRECTS = 10
DEADLINE_SECONDS = 15.0
TRIAL_DEADLINE_SECONDS = 5.0

_HEADERS = {
    "User-Agent": "TwilioProxy/1.1",
    "Accept": "text/xml, application/xml, text/html",
    "Cache-Control": "max-age=259200",
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
}


class WebhookFailed(Exception):
    """The app did not answer as a webhook must; `code` is Twilio's."""

    def __init__(self, code: int, url: str, reason: str) -> None:
        super().__init__(f"[{code}] {url}: {reason}")
        self.code = code
        self.url = url


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request to the app. `kind` is for people: voice, call-status, recording, sms, message-status, media."""

    kind: str
    url: str
    form: Mapping[str, str]
    method: str = "POST"
    is_voice: bool = True


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request as it was sent, and what came of it."""

    webhook: Webhook
    headers: Mapping[str, str]
    seconds: float
    response: Response | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Twilio's overrides in a URL's fragment: `#rc=2&rp=all&tt=5000` (tries again, on what, total milliseconds)."""

    retries: int = 1
    retried: frozenset[str] = frozenset({"ct"})
    deadline_seconds: float = DEADLINE_SECONDS

    @classmethod
    def of(cls, url: str, deadline_seconds: float) -> ConnectionSettings:
        """Read them from a URL; `deadline_seconds` is the account's, which a fragment can only shorten."""
        values = {name: found[-1] for name, found in parse_qs(urlsplit(url).fragment).items()}
        total = int(values.get("tt", deadline_seconds * 1000)) / 1000
        read = int(values.get("rt", deadline_seconds * 1000)) / 1000
        return cls(
            retries=min(int(values.get("rc", "1")), 5),
            retried=frozenset(values.get("rp", "ct").split(",")),
            deadline_seconds=min(total, read, deadline_seconds),
        )

    def allows_retry_on(self, trouble: str) -> bool:
        return trouble in self.retried or "all" in self.retried


@dataclass
class Webhooks:
    """Sends webhooks and keeps every exchange in `archive`, in order."""

    transport: Transport
    auth_token: str
    sids: Sids
    deadline_seconds: float = DEADLINE_SECONDS
    archive: list[Exchanged] = field(default_factory=list)

    def ask(self, webhook: Webhook, *, token: str | None = None) -> Response:
        """Make the request and return a 2xx answer; raise WebhookFailed for everything else.

        Only failed connections are tried again (once), unless the URL's fragment says otherwise; each try carries the
        same idempotency token. Pass an earlier `token` to deliver a duplicate.
        """
        settings = ConnectionSettings.of(webhook.url, self.deadline_seconds)
        token = token or self.sids.new_token()
        for tries_left in range(settings.retries, -1, -1):
            try:
                return self._follow(webhook, token, settings)
            except _Trouble as trouble:
                if not tries_left or not settings.allows_retry_on(trouble.kind):
                    raise WebhookFailed(trouble.code, webhook.url, trouble.words) from trouble
        raise AssertionError("unreachable: the last try returns or raises")

    def send_again(self, exchanged: Exchanged) -> Response:
        """Deliver a request a second time with its own idempotency token, as a retry of Twilio's would."""
        return self.ask(exchanged.webhook, token=exchanged.headers["I-Twilio-Idempotency-Token"])

    def _follow(self, webhook: Webhook, token: str, settings: ConnectionSettings) -> Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_once(webhook, token, settings.deadline_seconds)
            location = response.headers.get("location")
            if response.status not in {301, 302, 303, 307, 308} or not location:
                break
            webhook = _redirect(webhook, urljoin(webhook.url, location), keeps_form=response.status in {307, 308})
        else:
            raise _Trouble(TOO_MANY_REDIRECTS, "redirects", f"more than {MAX_REDIRECTS} redirects")
        if not 200 <= response.status < 300:  # noqa: PLR2004 - HTTP's own numbers
            raise _Trouble(HTTP_FAILURE, f"{response.status // 100}xx", f"answered {response.status}")
        return response

    def _send_once(self, webhook: Webhook, token: str, deadline_seconds: float) -> Response:
        url, form = _place_fields(webhook)
        headers = _HEADERS | {
            "X-Twilio-Signature": sign(find_signed_url(url, is_voice=webhook.is_voice), form, self.auth_token),
            "I-Twilio-Idempotency-Token": token,
        }
        started = time.monotonic()
        response, trouble = None, None
        try:
            response = self.transport.send(
                webhook.method, url, form=form, headers=headers, deadline_seconds=deadline_seconds
            )
        except Unreachable as error:
            trouble = _Trouble(CONNECTION_FAILURE, "ct", str(error))
        except TookTooLong:
            trouble = _Trouble(CONNECTION_FAILURE, "rt", f"no answer within {deadline_seconds} s")
        seconds = time.monotonic() - started
        if response is not None and seconds > deadline_seconds:
            trouble = _Trouble(CONNECTION_FAILURE, "rt", f"answered after {seconds:.1f} s, at most {deadline_seconds}")
        self.archive.append(Exchanged(webhook, headers, seconds, response, trouble.words if trouble else ""))
        if trouble:
            raise trouble
        assert response is not None  # noqa: S101 - for the type checker: no trouble means an answer
        return response


class _Trouble(Exception):
    def __init__(self, code: int, kind: str, words: str) -> None:
        super().__init__(words)
        self.code, self.kind, self.words = code, kind, words


def _place_fields(webhook: Webhook) -> tuple[str, Mapping[str, str]]:
    """Return the URL without its fragment, and the form; a GET carries its fields in the query."""
    parts = urlsplit(webhook.url)
    query, form = parts.query, webhook.form
    if webhook.method == "GET":
        query, form = "&".join(filter(None, (query, urlencode(form)))), {}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")), form


def _redirect(webhook: Webhook, url: str, *, keeps_form: bool) -> Webhook:
    # 301, 302 and 303 become a GET and lose the fields: a trap in real life, so it is one here.
    method, form = (webhook.method, webhook.form) if keeps_form else ("GET", {})
    return Webhook(webhook.kind, url, form, method, webhook.is_voice)
