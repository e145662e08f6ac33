"""The telephone in the browser, and the whole desk: that telephone with the stand-in for Twilio's REST beside it."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request

from simulator.call import NobodyListens
from simulator.desk import CallUnknown, Desk, create_exchange
from simulator.desk_settings import DeskSettings
from simulator.exchange import API_VERSION, Exchange
from simulator.findings import NotSimulated
from simulator.rest import create_rest_app
from simulator.telephone import NothingArrived

PAGE_FOLDER = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_NOBODY = "此刻没有人在听 Nobody is listening for that right now"
_MAX_BODY_BYTES = 16 * 1024
_routes = Blueprint("phone", __name__)


class FieldMissing(ValueError):
    """The request lacks a field, or it is no text."""


def create_phone_app(settings: DeskSettings, exchange: Exchange | None = None) -> Flask:
    """Return the browser's telephone as a WSGI application; all its URLs are relative, so it may be mounted anywhere.

    For development only: whoever reaches it can call and write as anybody. It speaks to the app by signed HTTP alone.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    app.extensions["desk"] = Desk(exchange or create_exchange(settings), settings)
    app.register_blueprint(_routes)
    return app


def create_desk_app(settings: DeskSettings, exchange: Exchange) -> WSGIApplication:
    """Return one WSGI application with the telephone at its root and Twilio's REST where Twilio has it."""
    phone_app = create_phone_app(settings, exchange)
    rest_app = create_rest_app(exchange)

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_rest = environ["PATH_INFO"].startswith(f"/{API_VERSION}/")
        return (rest_app if is_rest else phone_app)(environ, start_response)

    return choose


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk


def _field(name: str) -> str:
    # Only JSON is read: no other site can make a browser send it without asking first.
    value = (request.get_json(silent=True) or {}).get(name)
    if not isinstance(value, str) or not value.strip():
        raise FieldMissing(name)
    return value


@_routes.after_request
def _forbid_strangers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@_routes.errorhandler(FieldMissing)
@_routes.errorhandler(NobodyListens)
@_routes.errorhandler(NothingArrived)
@_routes.errorhandler(NotSimulated)
@_routes.errorhandler(CallUnknown)
@_routes.errorhandler(ValueError)
def _explain(error: Exception) -> tuple[Response, HTTPStatus]:
    known = {FieldMissing: HTTPStatus.BAD_REQUEST, CallUnknown: HTTPStatus.NOT_FOUND}
    # An error made for tests shows the whole call below its first line.
    words = _NOBODY if isinstance(error, NobodyListens) else "".join(str(error).splitlines()[:1])
    return jsonify(error=type(error).__name__, message=words), known.get(type(error), HTTPStatus.CONFLICT)


@_routes.get("/")
def show_page() -> Response:
    return show_asset("phone.html")


@_routes.get("/page/<name>")
def show_asset(name: str) -> Response:
    path = PAGE_FOLDER / name
    if path.suffix not in _MEDIA_TYPES or not path.is_file():
        abort(HTTPStatus.NOT_FOUND)
    return Response(path.read_bytes(), mimetype=_MEDIA_TYPES[path.suffix])


@_routes.get("/people")
def list_people() -> Response:
    """List who can call, and whom."""
    desk = _desk()
    return jsonify(hotline=desk.settings.hotline_number, people=[one.as_json() for one in desk.list_people()])


@_routes.post("/calls")
def dial() -> Response:
    return jsonify(_desk().dial(_field("from")))


@_routes.post("/calls/<sid>/heard")
def hear(sid: str) -> Response:
    return jsonify(_desk().hear(sid, int(_field("step"))))


@_routes.post("/calls/<sid>/keys")
def press(sid: str) -> Response:
    return jsonify(_desk().press(sid, _field("key")))


@_routes.post("/calls/<sid>/words")
def say(sid: str) -> Response:
    return jsonify(_desk().say(sid, _field("words")))


@_routes.post("/calls/<sid>/hang-up")
def hang_up(sid: str) -> Response:
    return jsonify(_desk().hang_up(sid))


@_routes.get("/phones/<number>")
def show_phone(number: str) -> Response:
    return jsonify(_desk().show_phone(number))


@_routes.post("/phones/<number>/texts")
def send_text(number: str) -> Response:
    _desk().send_text(number, _field("body"))
    return jsonify(_desk().show_phone(number))


@_routes.post("/phones/<number>/pick-up")
def pick_up(number: str) -> Response:
    return jsonify(_desk().pick_up(number))


@_routes.post("/phones/<number>/decline")
def decline(number: str) -> Response:
    _desk().decline(number)
    return jsonify(_desk().show_phone(number))
