"""`make run`: prepare the database, then serve web, clock and simulated telephone together until Ctrl-C."""

import json
import os
import socket
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from click import ClickException
from flask.cli import ScriptInfo

from config import PROJECT_FOLDER, ConfigurationError, Settings, load_settings
from tools.processes import Program, run_together

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py")
PREPARE = "prepare"
LOOK_SECONDS = 2.0


class StepFailed(Exception):
    """A step before serving failed; the message says which and what to do."""


def main() -> int:
    """Serve in the foreground and return the exit status; what the environment says wins over our defaults."""
    os.chdir(PROJECT_FOLDER)
    environ = {"ONECALL_MODE": "development", **os.environ}
    try:
        settings = load_settings(environ)
        check_ports_are_free(settings)
        environ |= environment_of(settings)
        prepare(settings, environ)
    except (ConfigurationError, StepFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return run_together(programs(settings), environ, when_ready=announcer(settings))


def environment_of(settings: Settings) -> dict[str, str]:
    """What the simulated telephone must know to stand in for Twilio: it reads no settings of ours."""
    if not settings.is_development:
        return {}
    return {
        "PORT": str(settings.port),
        "PUBLIC_BASE_URL": settings.public_base_url,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_NUMBER": settings.twilio_number,
        "TWILIO_API_BASE_URL": str(settings.twilio_api_base_url or ""),
        "DATA_FOLDER": str(settings.data_folder),
    }


def check_ports_are_free(settings: Settings) -> None:
    """Raise StepFailed if somebody else already serves where we are going to."""
    ports = [settings.port]
    if settings.is_development:
        ports.append(urlsplit(settings.twilio_api_base_url or "").port or settings.port + 1)
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise StepFailed(f"Port {port} is taken. Free it, or choose another: PORT=8010 make run") from error


@dataclass(frozen=True)
class Step:
    """One `flask` command that comes before serving, and what to do when it fails."""

    what: str
    arguments: tuple[str, ...]
    advice: str


DATABASE = Step(
    "Bringing the database up to date",
    ("db", "upgrade"),
    "check DATABASE_URL and that the database can be reached; `make db-upgrade` repeats this step",
)
DEMO_CITY = Step(
    "Loading the demo city",
    ("demo", "load"),
    "to start afresh, move the data folder .onecall away and run again",
)


def prepare(settings: Settings, environ: Mapping[str, str]) -> None:
    """Do the steps before serving in a process of its own, so that this one stays small."""
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    finished = subprocess.run((sys.executable, "-m", "development", PREPARE), env=dict(environ), check=False)
    if finished.returncode != 0:
        raise StepFailed("OneCall was not started.")


def run_steps() -> int:
    """Do the steps one after the other in this process, which loads the application only once."""
    from wsgi import app, settings  # noqa: PLC0415 (only the child needs the application)

    for step in (DATABASE, DEMO_CITY) if settings.is_development else (DATABASE,):
        print(f"· {step.what}", flush=True)
        try:
            app.cli.main(
                step.arguments, prog_name="flask", standalone_mode=False, obj=ScriptInfo(create_app=lambda: app)
            )
        except ClickException as error:
            error.show()
        except Exception:  # noqa: BLE001 (whatever it is, say which step it was and what to do)
            traceback.print_exc()
        else:
            continue
        print(f"\nThis step failed: {step.what}.\nWhat to do: {step.advice}.", file=sys.stderr)
        return 1
    return 0


def programs(settings: Settings) -> list[Program]:
    """The processes that make a running OneCall; development adds the telephone on the desk."""
    always = [Program("web server", GUNICORN), Program("clock", (*FLASK, "clock"))]
    telephone = Program("simulated telephone", (sys.executable, "-m", "simulator", "serve"))
    return [*always, telephone] if settings.is_development else always


def announcer(settings: Settings) -> Callable[[], bool]:
    """Return a function that says where to look as soon as the web server answers, and then returns True."""
    address = f"http://127.0.0.1:{settings.port}"
    started_at = time.monotonic()

    def announce_when_ready() -> bool:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=LOOK_SECONDS).close()  # noqa: S310 (our own address)
        except (urllib.error.URLError, OSError):
            return False
        print(welcome(settings, address, time.monotonic() - started_at), flush=True)
        return True

    return announce_when_ready


def welcome(settings: Settings, address: str, seconds: float) -> str:
    """Return where to look, how to sign in and how to call."""
    lines = [f"OneCall answers after {seconds:.1f} seconds.", "", f"  The day        {address}/"]
    if settings.is_development:
        lines += [
            *sign_in_lines(settings.data_folder / "demo_sign_ins.json"),
            f"  The telephone  {address}/phone   or, in another terminal: make phone",
        ]
    lines += [f"  Data           {relative(settings.data_folder)}", "  Stop           Ctrl-C", ""]
    return "\n" + "\n".join(lines)


def sign_in_lines(passwords: Path) -> list[str]:
    """Return how to sign in to the demo; nothing where no demo was loaded."""
    if not passwords.exists():
        return []
    name, password = next(iter(json.loads(passwords.read_text(encoding="utf-8")).items()))
    return [f"  Sign in        {name} / {password}   (others: {relative(passwords)})"]


def relative(path: Path) -> Path:
    """Return the path as seen from the project's folder, if it lies there."""
    return path.relative_to(PROJECT_FOLDER) if path.is_relative_to(PROJECT_FOLDER) else path


if __name__ == "__main__":
    sys.exit(run_steps() if sys.argv[1:] == [PREPARE] else main())
