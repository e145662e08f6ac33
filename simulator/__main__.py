"""`python -m simulator phone` calls from a terminal; `python -m simulator serve` puts the telephone on the desk."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from urllib.parse import urlsplit

from simulator.answering import end_unanswered
from simulator.desk import create_exchange
from simulator.desk_client import DeskClient, DeskUnreachable
from simulator.desk_settings import DEFAULT_PORT, SettingMissing, read_desk_settings
from simulator.exchange import Exchange
from simulator.phone_app import create_desk_app
from simulator.serving import serving
from simulator.terminal import Terminal

_PUMP_SECONDS = 0.3


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands; return the exit status."""
    given = _make_parser().parse_args(arguments)
    try:
        return _serve(vars(given)) if given.command == "serve" else _phone(vars(given))
    except (SettingMissing, DeskUnreachable) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _make_parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--app", help="where the app listens (PORT; http://127.0.0.1:8000)")
    shared.add_argument("--public-url", help="what the app believes its address to be (PUBLIC_BASE_URL; the same)")
    shared.add_argument("--hotline", help="the number to call (TWILIO_NUMBER)")
    shared.add_argument("--account-sid", help="TWILIO_ACCOUNT_SID")
    shared.add_argument("--auth-token", help="TWILIO_AUTH_TOKEN; other users of this machine can see arguments")
    shared.add_argument("--api-url", help="where the app looks for Twilio (TWILIO_API_BASE_URL; port 8001)")
    shared.add_argument("--numbers", help="JSON list of people: number, name, name_en, role (PHONE_NUMBERS_FILE)")
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", parents=[shared], help="browser telephone and stand-in for Twilio's REST")
    serve.add_argument("--port", type=int, help="default: the port of --api-url")
    serve.add_argument("--host", default="127.0.0.1", help="default: this machine only")
    phone = commands.add_parser("phone", parents=[shared], help="call the hotline from this terminal")
    phone.add_argument("--from", dest="from_number", help="your number, or anonymous; a customer's")
    return parser


def _serve(given: dict[str, str | None]) -> int:
    settings = read_desk_settings(given, os.environ)
    exchange = create_exchange(settings)
    asked = given["port"] or urlsplit(settings.api_base_url).port
    port = DEFAULT_PORT if asked is None else int(asked)
    with serving(create_desk_app(settings, exchange), host=str(given["host"]), port=port) as base_url:
        print(f"The telephone on the desk: {base_url}/", flush=True)
        _keep_delivering(exchange)
    return 0


def _keep_delivering(exchange: Exchange) -> None:
    """Let time pass until the process is ended: phones nobody answers stop ringing, status callbacks are delivered."""
    pause = threading.Event()
    while not pause.wait(_PUMP_SECONDS):
        end_unanswered(exchange)
        exchange.callbacks.deliver()


def _phone(given: dict[str, str | None]) -> int:
    number, is_piped = given["from_number"], not sys.stdin.isatty()
    desk_url = given["api_url"] or os.environ.get("TWILIO_API_BASE_URL") or _find_desk_beside(given["app"])
    desk = DeskClient(desk_url)
    if desk.is_there():
        return Terminal(desk, number, lingers=is_piped).run()
    # Nobody serves the desk: this terminal brings its own, and then needs to know how to sign.
    try:
        settings = read_desk_settings(given, os.environ)
    except SettingMissing as missing:
        raise DeskUnreachable(
            f"No telephone is on the desk at {desk_url}. Start it with `make run`, or call without it. {missing}"
        ) from missing
    exchange = create_exchange(settings)
    with serving(create_desk_app(settings, exchange)) as own_url:
        return Terminal(DeskClient(own_url), number, lingers=is_piped).run()


def _find_desk_beside(app_url: str | None) -> str:
    """Return where `serve` is by default: one port above the app's."""
    port = urlsplit(app_url).port if app_url else int(os.environ.get("PORT", DEFAULT_PORT - 1))
    return f"http://127.0.0.1:{(port or DEFAULT_PORT - 1) + 1}"


if __name__ == "__main__":
    sys.exit(main())
