"""What the telephone on the desk must be told: by arguments or the environment, never by a file of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_APP_URL = "http://127.0.0.1:8000"
DEFAULT_PORT = 8001


class SettingMissing(Exception):
    """The telephone cannot sign for the app without this; the message names the argument and the variable."""


@dataclass(frozen=True, kw_only=True)
class DeskSettings:
    """`public_url` is what the app believes its address to be, and what is signed; `app_url` is where it listens."""

    app_url: str
    public_url: str
    account_sid: str
    auth_token: str = field(repr=False)
    hotline_number: str
    api_base_url: str
    messaging_service_sid: str = ""
    numbers_file: Path | None = None


def read_desk_settings(given: Mapping[str, str | None], environ: Mapping[str, str]) -> DeskSettings:
    """Return the settings: arguments in `given` win over the environment. Raise SettingMissing for what lacks."""

    def find(argument: str, variable: str, default: str = "") -> str:
        return given.get(argument.removeprefix("--").replace("-", "_")) or environ.get(variable) or default

    app_url = find("--app", "", f"http://127.0.0.1:{environ['PORT']}" if environ.get("PORT") else DEFAULT_APP_URL)
    needed = {
        "account_sid": ("--account-sid", "TWILIO_ACCOUNT_SID"),
        "auth_token": ("--auth-token", "TWILIO_AUTH_TOKEN"),
        "hotline_number": ("--hotline", "TWILIO_NUMBER"),
    }
    found = {name: find(argument, variable) for name, (argument, variable) in needed.items()}
    missing = [f"{argument} or {variable}" for name, (argument, variable) in needed.items() if not found[name]]
    if missing:
        raise SettingMissing("The telephone needs " + ", ".join(missing) + ".")
    numbers = find("--numbers", "PHONE_NUMBERS_FILE")
    if not numbers and environ.get("DATA_FOLDER"):
        numbers = str(Path(environ["DATA_FOLDER"]) / "phone_numbers.json")
    return DeskSettings(
        app_url=app_url.rstrip("/"),
        public_url=find("--public-url", "PUBLIC_BASE_URL", app_url).rstrip("/"),
        api_base_url=find("--api-url", "TWILIO_API_BASE_URL", f"http://127.0.0.1:{DEFAULT_PORT}").rstrip("/"),
        messaging_service_sid=environ.get("TWILIO_MESSAGING_SERVICE_SID", ""),
        numbers_file=Path(numbers) if numbers else None,
        **found,
    )
