"""`flask live-smoke`: one real call and one real text, and what Twilio sends compared with what we expect of it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import click

from operations.foundation.webhook_names import read_webhook_names
from outbox.sender import SendRefused, SendUncertain
from outbox.words import CONTENT

EXPECTED = CONTENT / "twilio_webhook_names.json"
POLL_SECONDS = 1.0
WAIT_SECONDS = 120
WATCHED = {
    "/ivr/answer": "voice",
    "/ivr/step": "voice",
    "/ivr/call-status": "call-status",
    "/sms/status": "message-status",
}
NEEDED = {"voice", "call-status", "message-status"}


class SmokeCarrier(Protocol):
    """What places the call and sends the text."""

    def call(self, *, to_number: str) -> str: ...
    def text(self, *, to_number: str, body: str) -> str: ...


def make_live_smoke(
    carrier: SmokeCarrier, *, folder: Path, stand_in: str | None, sleep: Callable[[float], None] = time.sleep
) -> click.Command:
    """Return the command; `stand_in` is the address of what stands in for Twilio, with which nothing is proved."""

    @click.command("live-smoke")
    @click.option("--to", "to_number", required=True, help="A telephone of yours, +8613…; it will ring and get a text.")
    @click.option("--wait", "seconds", default=WAIT_SECONDS, show_default=True, help="How long to wait for Twilio.")
    def live_smoke(to_number: str, seconds: int) -> None:
        """Place one real call, send one real text, compare Twilio's webhooks with what is expected. Costs money."""
        if stand_in is not None:
            raise click.ClickException(
                f"TWILIO_API_BASE_URL is {stand_in}: that is a stand-in. With a real account's TWILIO_ACCOUNT_SID, "
                "TWILIO_AUTH_TOKEN and TWILIO_NUMBER, and without TWILIO_API_BASE_URL, this command shows something."
            )
        folder.mkdir(parents=True)
        try:
            click.echo(f"call {carrier.call(to_number=to_number)}: answer it, press a key, hang up")
            click.echo(f"text {carrier.text(to_number=to_number, body='OneCall live-smoke')}")
            seen = _wait(folder, seconds, sleep)
        except (SendRefused, SendUncertain) as failure:
            raise click.ClickException(f"Twilio did not take it: {failure}") from failure
        finally:
            shutil.rmtree(folder)
        differences = [*compare_names(seen, load_expected()), *_unanswered(seen)]
        for line in differences:
            click.echo(line)
        if differences:
            raise click.exceptions.Exit(1)
        click.echo(f"{len(seen)} webhooks, nothing unexpected")

    return live_smoke


def load_expected() -> Mapping[str, Mapping[str, list[str]]]:
    """Return by kind of webhook the names that always come, and those that may."""
    expected: dict[str, dict[str, list[str]]] = json.loads(EXPECTED.read_text("utf-8"))
    return expected


def compare_names(seen: Iterable[Mapping[str, Any]], expected: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    """Return a sentence for each name that came and was not expected, and for each that was and did not come."""
    found: dict[str, None] = {}
    for webhook in seen:
        kind = _kind_of(str(webhook["path"]))
        if kind is None:
            continue
        always, may = set(expected[kind]["always"]), set(expected[kind]["may"])
        names = set(webhook["names"])
        found |= {f"{kind}: {name} came and is not expected": None for name in sorted(names - always - may)}
        found |= {f"{kind}: {name} is expected and did not come": None for name in sorted(always - names)}
    return list(found)


def _wait(folder: Path, seconds: int, sleep: Callable[[float], None]) -> list[dict[str, Any]]:
    """Wait until every kind of webhook has come and the call has ended, or the time is over."""
    for _ in range(int(seconds / POLL_SECONDS)):
        seen = read_webhook_names(folder)
        if {_kind_of(str(one["path"])) for one in seen} >= NEEDED and "CallDuration" in str(seen):
            return seen
        sleep(POLL_SECONDS)
    return read_webhook_names(folder)


def _unanswered(seen: Iterable[Mapping[str, Any]]) -> list[str]:
    kinds = {_kind_of(str(webhook["path"])) for webhook in seen}
    return [f"{kind}: no webhook came" for kind in sorted(NEEDED - kinds)] + [
        f"{webhook['path']}: we answered {webhook['status']}"
        for webhook in seen
        if webhook["status"] == 403  # noqa: PLR2004
    ]


def _kind_of(path: str) -> str | None:
    return next((kind for start, kind in WATCHED.items() if path.startswith(start)), None)
