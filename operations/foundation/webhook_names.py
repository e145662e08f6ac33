"""The names of the fields Twilio really sends, never their values, while `flask live-smoke` runs: a file of lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

NAMES_FILE = "webhook_names.jsonl"


def note_webhook_names(folder: Path, *, path: str, status: int, names: Iterable[str]) -> None:
    """Write a line while `folder` exists, that is while somebody is looking; otherwise do nothing."""
    if not folder.exists():
        return
    line = {"path": path, "status": status, "names": sorted(names)}
    with (folder / NAMES_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read_webhook_names(folder: Path) -> list[dict[str, Any]]:
    """Return what has been noted so far."""
    file = folder / NAMES_FILE
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
