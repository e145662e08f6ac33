"""Addresses of static files that change with the file, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path, PurePosixPath

from flask import Flask, abort, current_app, send_from_directory, url_for
from flask.typing import ResponseReturnValue

FOLDER = Path(__file__).resolve().parents[1] / "static"


def asset(name: str) -> str:
    """Return the address of a file in web/static."""
    return url_for("static", filename=name, v=_fingerprint(name))


def module(name: str) -> str:
    """Return the address of a script in web/static that imports others of its folder by their bare names.

    What it imports gets the address it has itself, so the fingerprint stands in the path and is that of the folder.
    """
    folder = PurePosixPath(name).parent
    return url_for("static_modules", version=_fingerprint_of_folder(str(folder)), name=name)


def modules(folder: str) -> list[str]:
    """Return the addresses of all scripts in a folder of web/static, which a page fetches before they ask for them."""
    return [module(f"{folder}/{path.name}") for path in sorted((FOLDER / folder).glob("*.js"))]


def serve_modules(app: Flask) -> None:
    """Answer at the addresses that `module` gives."""
    app.add_url_rule("/static/modules/<version>/<path:name>", "static_modules", _show_module)


def _show_module(version: str, name: str) -> ResponseReturnValue:
    """Show a file if its folder is as it was when its address was given: what is kept for a year must not be mixed."""
    folder = PurePosixPath(name).parent
    is_ours = (FOLDER / folder).is_dir() and (FOLDER / folder).resolve().is_relative_to(FOLDER)
    if not is_ours or version != _fingerprint_of_folder(str(folder)):
        abort(404)
    return send_from_directory(FOLDER, name, max_age=current_app.get_send_file_max_age(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@cache
def _fingerprint_of_folder(folder: str) -> str:
    files = sorted(path for path in (FOLDER / folder).iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:12]
