"""`make run`: prepare the database, then serve web, clock and simulated telephone together until Ctrl-C."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from config import PROJECT_FOLDER, ConfigurationError, Settings, load_settings
from tools.processes import Program, run_together

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py")
LOOK_SECONDS = 2.0


class StepFailed(Exception):
    """A step before serving failed; the message says which and what to do."""


def main() -> int:
    """Serve in the foreground and return the exit status; what the environment says wins over our defaults."""
    os.chdir(PROJECT_FOLDER)
    environ = {"ONECALL_MODE": "development", **os.environ}
    try:
        settings = load_settings(environ)
        check_port_is_free(settings.port)
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


def check_port_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StepFailed(f"Port {port} is taken. Free it, or choose another: PORT=8010 make run") from error


def prepare(settings: Settings, environ: Mapping[str, str]) -> None:
    """Bring the database to the newest tables and, in development, load the demo city once."""
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    run_step(
        "Bringing the database up to date",
        ("db", "upgrade"),
        environ,
        advice="check DATABASE_URL and that the database can be reached; `make db-upgrade` repeats this step",
    )
    if settings.is_development:
        run_step(
            "Loading the demo city",
            ("demo", "load"),
            environ,
            advice="to start afresh, move the data folder .onecall away and run again",
        )


def run_step(what: str, arguments: tuple[str, ...], environ: Mapping[str, str], *, advice: str) -> None:
    print(f"· {what}", flush=True)
    finished = subprocess.run((*FLASK, *arguments), env=dict(environ), check=False)
    if finished.returncode != 0:
        raise StepFailed(f"\nThis step failed: {what}.\nWhat to do: {advice}.")


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
    lines = [f"OneCall answers after {seconds:.1f} seconds.", "", f"  The day        {address}/"]
    if settings.is_development:
        lines += [
            "  Sign in        dispatcher / one-call-demo",
            f"  The telephone  {address}/phone   or, in another terminal: make phone",
        ]
    lines += [f"  Data           {relative(settings.data_folder)}", "  Stop           Ctrl-C", ""]
    return "\n" + "\n".join(lines)


def relative(folder: Path) -> Path:
    return folder.relative_to(PROJECT_FOLDER) if folder.is_relative_to(PROJECT_FOLDER) else folder


if __name__ == "__main__":
    sys.exit(main())
