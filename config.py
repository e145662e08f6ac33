"""OneCall's settings, read once from the environment into one frozen object.

Production refuses to start without what it needs and names everything that is missing or malformed in one
message. Development makes up what is missing and keeps generated secrets in the data folder. Only the wiring
(`app.py`, `wsgi.py`, `development.py`) imports this module; everybody else is handed values.
"""

import base64
import binascii
import ipaddress
import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.roads.address import open_road_times

PROJECT_FOLDER = Path(__file__).resolve().parent

NEW_SECRET = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105 (how to make one)
NEW_SIGNING_KEY = "python3 -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"

# What each setting is and how to get it: shown when it is missing. docs/operating.md says more.
EXPLANATIONS = {
    "ONECALL_MODE": "production (the default) or development",
    "DATA_FOLDER": "the folder for the SQLite database, files and development's secrets; default .onecall",
    "DATABASE_URL": "sqlite:////path/to/file or postgresql://user:password@host/name; default: SQLite in DATA_FOLDER",
    "PUBLIC_BASE_URL": "the https address under which Twilio and browsers reach OneCall, without a path",
    "SECRET_KEY": f"signs sessions, at least 32 characters: {NEW_SECRET}",
    "PROOF_SIGNING_KEY": f"the Ed25519 key that signs proofs, 32 bytes in base64: {NEW_SIGNING_KEY}",
    "TWILIO_ACCOUNT_SID": "AC and 32 hexadecimal digits, from the first page of the Twilio console",
    "TWILIO_AUTH_TOKEN": "the token beside the account SID in the Twilio console",
    "TWILIO_NUMBER": "the hotline's number at Twilio in international form, such as +862112345678",
    "TWILIO_MESSAGING_SERVICE_SID": "MG and 32 hexadecimal digits, when SMS go through a messaging service",
    "TWILIO_API_BASE_URL": "the address of a stand-in for Twilio's REST API; leave it out to use Twilio",
    "SMTP_URL": "smtp:// or smtps:// user:password@host:port for outgoing mail; without it no mail is sent",
    "CHAT_URL": "where answers to a chat gateway are posted, signed with HOOK_SECRET",
    "HOOK_SECRET": f"signs what mail and chat gateways post to us, at least 32 characters: {NEW_SECRET}",
    "HOOK_NETWORKS": "private networks that events may be posted into, such as 10.1.0.0/16, with commas between them",
    "IMAP_URL": "imap:// or imaps:// user:password@host:port for incoming mail; without it none is read",
    "OIDC_ISSUER": "the https address by which an OpenID Connect issuer calls itself: users may sign in there too",
    "OIDC_CLIENT_ID": "what the issuer calls OneCall, registered there with PUBLIC_BASE_URL/sign-in/issuer/return",
    "OIDC_CLIENT_SECRET": "the secret that the issuer gave OneCall",
    "OIDC_NAME": "what people call the issuer, for the button on the sign-in page; default: its host",
    "FILES_URL": "where photos and recordings are kept, file:///folder; default: a folder in DATA_FOLDER",
    "MAP_TILES_URL": "the template of a map tile's address with {z}, {x} and {y}; gcj02+https://… for tiles in GCJ-02",
    "MAP_TILES_CREDIT": "who is named on the map for its tiles, as their licence asks: © OpenStreetMap contributors",
    "COURIER_URL": "where parcels are asked for: https://TOKEN@host/path, or file:///folder with CSV files",
    "ROAD_TIMES_URL": "a road service: http://host:5000 (OSRM), valhalla+http://host:8002 or amap+https://KEY@restapi.amap.com",
    "PLANNER_CLUSTER": "the address of a Dask scheduler, tcp://host:port; without it planning uses local processes",
    "TIME_ZONE": "the organisation's time zone by its IANA name; default Asia/Shanghai",
    "PORT": "the port that `make run` serves on; default 8000",
}


class ConfigurationError(Exception):
    """Something that OneCall needs to start is missing or malformed; the message lists everything."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        lines = [f"  {name} {problem}.\n      {EXPLANATIONS[name]}" for name, problem in problems.items()]
        super().__init__("OneCall cannot start. Please set these environment variables:\n" + "\n".join(lines))
        self.names = tuple(problems)


class Mode(StrEnum):
    """Whether real customers are served, or a developer tries things out."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything OneCall is told from outside. What may hold a password never shows in its repr."""

    mode: Mode
    data_folder: Path
    database_url: str = field(repr=False)
    public_base_url: str
    secret_key: str = field(repr=False)
    proof_signing_key: bytes = field(repr=False)
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    twilio_number: str
    twilio_messaging_service_sid: str | None
    twilio_api_base_url: str | None
    smtp_url: str | None = field(repr=False)
    imap_url: str | None = field(repr=False)
    chat_url: str | None
    hook_secret: str | None = field(repr=False)
    hook_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None = field(repr=False)
    oidc_name: str | None
    files_url: str
    map_tiles_url: str | None
    map_tiles_credit: str | None
    road_times_url: str | None = field(repr=False)
    courier_url: str | None = field(repr=False)
    planner_cluster: str | None
    time_zone: ZoneInfo
    port: int

    @property
    def is_development(self) -> bool:
        """True where the simulated phone may be opened and cookies may travel without TLS."""
        return self.mode is Mode.DEVELOPMENT


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ`; an empty value counts as missing.

    Raises ConfigurationError naming everything that is missing or malformed.
    """
    given = {name: environ[name].strip() for name in EXPLANATIONS if environ.get(name, "").strip()}
    reader = _Reader(given)
    mode = reader.read("ONECALL_MODE", Mode, "production")
    data_folder = Path(given.get("DATA_FOLDER", PROJECT_FOLDER / ".onecall")).absolute()
    if mode is Mode.DEVELOPMENT:
        reader.given = _development_defaults(given, data_folder) | given
    url_schemes = ("https", "http") if mode is Mode.DEVELOPMENT else ("https",)
    values: dict[str, Any] = {
        "mode": mode,
        "data_folder": data_folder,
        "database_url": reader.read("DATABASE_URL", _database_url, f"sqlite:///{data_folder / 'onecall.sqlite3'}"),
        "public_base_url": reader.read("PUBLIC_BASE_URL", _base_url(*url_schemes)),
        "secret_key": reader.read("SECRET_KEY", _long_secret),
        "proof_signing_key": reader.read("PROOF_SIGNING_KEY", _signing_key),
        "twilio_account_sid": reader.read("TWILIO_ACCOUNT_SID", _matching(r"AC[0-9a-fA-F]{32}")),
        "twilio_auth_token": reader.read("TWILIO_AUTH_TOKEN", str),
        "twilio_number": reader.read("TWILIO_NUMBER", _matching(r"\+[1-9][0-9]{6,14}")),
        "twilio_messaging_service_sid": reader.find("TWILIO_MESSAGING_SERVICE_SID", _matching(r"MG[0-9a-fA-F]{32}")),
        "twilio_api_base_url": reader.find("TWILIO_API_BASE_URL", _base_url("https", "http")),
        "smtp_url": reader.find("SMTP_URL", _url("smtp", "smtps")),
        "chat_url": reader.find("CHAT_URL", _url("https", "http")),
        "hook_secret": reader.find("HOOK_SECRET", _long_secret),
        "hook_networks": reader.read("HOOK_NETWORKS", _networks, ""),
        "imap_url": reader.find("IMAP_URL", _url("imap", "imaps")),
        "oidc_issuer": reader.find("OIDC_ISSUER", _issuer_url),
        "oidc_client_id": reader.find("OIDC_CLIENT_ID", str),
        "oidc_client_secret": reader.find("OIDC_CLIENT_SECRET", str),
        "oidc_name": reader.find("OIDC_NAME", str),
        "files_url": reader.read("FILES_URL", _url("file"), (data_folder / "files").as_uri()),
        "map_tiles_url": reader.find("MAP_TILES_URL", _tiles_url),
        "map_tiles_credit": reader.find("MAP_TILES_CREDIT", str),
        "road_times_url": reader.find("ROAD_TIMES_URL", _road_times_url),
        "courier_url": reader.find("COURIER_URL", _url("file", "http", "https")),
        "planner_cluster": reader.find("PLANNER_CLUSTER", _url("tcp", "tls")),
        "time_zone": reader.read("TIME_ZONE", _time_zone, "Asia/Shanghai"),
        "port": reader.read("PORT", _port, "8000"),
    }
    reader.want_together("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return Settings(**values)


Value = TypeVar("Value")


class _Reader:
    """Reads settings one by one and remembers every problem, so that all can be told at once."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.problems: dict[str, str] = {}

    def read(self, name: str, parse: Callable[[str], Value], default: str | None = None) -> Value | None:
        """Return the parsed value; a missing one without a default is a problem."""
        if name not in self.given and default is None:
            self.problems[name] = "is missing"
            return None
        return self.find(name, parse, default)

    def find(self, name: str, parse: Callable[[str], Value], default: str | None = None) -> Value | None:
        """Return the parsed value, or None where it may be left out and is."""
        text = self.given.get(name, default)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError:
            self.problems[name] = "is malformed"
            return None

    def want_together(self, *names: str) -> None:
        """Of settings that mean nothing alone, name those missing beside the others."""
        missing = [name for name in names if name not in self.given]
        if len(missing) < len(names):
            self.problems |= dict.fromkeys(missing, f"is missing beside the others of {', '.join(names)}")


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(pattern)
        return text

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
            raise ValueError(schemes)
        return text

    return parse


def _base_url(*schemes: str) -> Callable[[str], str]:
    """An address that paths are added to: no path, query or fragment of its own."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(schemes)
        return text.rstrip("/")

    return parse


def _issuer_url(text: str) -> str:
    """An issuer's identifier, compared letter by letter: a path, but no query and no fragment."""
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(text)
    return text


def _road_times_url(text: str) -> str:
    open_road_times(text)
    return text


def _tiles_url(text: str) -> str:
    if not all(part in text for part in ("{z}", "{x}", "{y}")):
        raise ValueError(text)
    return _url("https", "http", "gcj02+https", "gcj02+http")(text)


def _database_url(text: str) -> str:
    if text.startswith("postgresql://"):
        text = text.replace("postgresql://", "postgresql+psycopg://", 1)
    return _url("sqlite", "postgresql+psycopg")(text)


def _networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())


def _long_secret(text: str) -> str:
    if len(text) < 32:  # noqa: PLR2004 (EXPLANATIONS says it in words)
        raise ValueError("too short")
    return text


def _signing_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != 32:  # noqa: PLR2004 (an Ed25519 private key)
        raise ValueError("not 32 bytes")
    return key


def _time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("no such zone") from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:  # noqa: PLR2004 (what TCP allows)
        raise ValueError("no such port")
    return port


def _development_defaults(given: Mapping[str, str], data_folder: Path) -> dict[str, str]:
    """What development makes up: a made-up Twilio account, reached at a stand-in one port above the web."""
    try:
        port = _port(given.get("PORT", "8000"))
    except ValueError:
        port = 8000  # reported when PORT itself is read
    return _kept_secrets(data_folder / "secrets.json") | {
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "TWILIO_NUMBER": "+12025550100",  # a number reserved for fiction
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port + 1}",
    }


def _kept_secrets(path: Path) -> dict[str, str]:
    """Return development's secrets, made up at the first start and the same ever after."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made_up = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "PROOF_SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
            "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        }
        _write_once(path, json.dumps(made_up, indent=2))
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _write_once(path: Path, text: str) -> None:
    """Write a file for the owner only. Of two processes that start together one wins, and both read the same."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by the owner only
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
