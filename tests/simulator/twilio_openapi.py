"""Twilio's description of its own REST interface, and Prism, which holds requests and answers against it."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.architecture.rooms import PROJECT
from tests.leaving_out import leave_out
from tools.assets import find_npm

PACKAGE, VERSION = "@twilio/cli-core", "9.0.0"
SHA512 = (
    "14f1e6e605c0530336a004e6422dc01983c5cf852b8391b9fef0e4a54bb95aa3"
    "6ec2e790692f771f05e3757d4e33e9a2baad0b32299d7db5c34cb129e0db237e"
)
MEMBER = "package/src/services/twilio-api/twilio_api_v2010.json"
PINNED = Path(__file__).parent / "prism"
INSTALLED = PROJECT / "node_modules" / ".cache" / "prism"
START_SECONDS = 90.0
FORM = "application/x-www-form-urlencoded"


def fetch_description(folder: Path) -> dict[str, Any]:
    """Return the file they publish, checked by its hash; the test is skipped where it cannot be fetched."""
    done = _npm("pack", f"{PACKAGE}@{VERSION}", "--silent", folder=folder)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        leave_out(f"{PACKAGE} cannot be fetched: {done.stderr[-200:]}")
    assert hashlib.sha512(archives[0].read_bytes()).hexdigest() == SHA512
    with tarfile.open(archives[0]) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        description: dict[str, Any] = json.load(member)
    return description


@contextmanager
def prism_before(upstream: str, description: dict[str, Any], folder: Path) -> Iterator[str]:
    """Put Prism before a server and give its address: what breaks the description is answered with an error."""
    file, port = folder / "twilio.json", _free_port()
    file.write_text(json.dumps(_for_prism(description)), encoding="utf-8")
    command = [str(_install_prism()), "proxy", str(file), upstream, "--errors", "-h", "127.0.0.1", "-p", str(port)]
    with (folder / "prism.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as prism:
        try:
            _wait_for(port, prism)
            yield f"http://127.0.0.1:{port}"
        finally:
            prism.terminate()


def _install_prism() -> Path:
    """Install what tests/simulator/prism pins, unless it is there already."""
    pinned, known = PINNED / "package-lock.json", INSTALLED / "package-lock.json"
    prism = INSTALLED / "node_modules" / ".bin" / "prism"
    if prism.exists() and known.read_bytes() == pinned.read_bytes():
        return prism
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, INSTALLED / name)
    done = _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", folder=INSTALLED)
    if done.returncode or not prism.exists():
        leave_out(f"Prism cannot be installed: {done.stderr[-200:]}")
    return prism


def _npm(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    npm = find_npm()
    if npm is None:
        leave_out("no npm on this machine")
    return subprocess.run([npm, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def _for_prism(description: dict[str, Any]) -> dict[str, Any]:
    """Return the description with what Twilio itself does: lists are repeated in forms, addresses are relative."""
    changed: dict[str, Any] = json.loads(json.dumps(description))
    schemas = changed["components"]["schemas"]
    _drop_uri_formats(schemas)
    # Its own words: "When a conference is in progress, will be null."
    reason = schemas["conference_enum_reason_conference_ended"]
    reason["nullable"], reason["enum"] = True, [*reason["enum"], None]
    for methods in changed["paths"].values():
        for operation in methods.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            _drop_uri_formats(operation["responses"])
            form = operation.get("requestBody", {}).get("content", {}).get(FORM)
            if form is not None:
                lists = [
                    name for name, one in form["schema"].get("properties", {}).items() if one.get("type") == "array"
                ]
                form["encoding"] = {name: {"style": "form", "explode": True} for name in lists}
    return changed


def _drop_uri_formats(part: Any) -> None:  # noqa: ANN401 - any JSON
    if isinstance(part, dict):
        if part.get("format") == "uri":
            del part["format"]
        part.pop("examples", None)
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _drop_uri_formats(one)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int, prism: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert prism.poll() is None, "Prism ended"
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("Prism does not answer")
