"""Addresses of static files that change with the file, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import url_for

FOLDER = Path(__file__).resolve().parent / "static"


def asset(name: str) -> str:
    """Return the address of a file in web/static."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
