"""What every answer to a browser carries: a policy that allows only our own files, strict cookies, no framing (S2)."""

import hashlib
from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

POLICY = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "object-src": "'none'",
}
SESSION_HOURS = 12  # a long shift; afterwards one signs in again
LARGEST_FORM_BYTES = 64 * 1024
# The coarse outer guard, per process: a page polls 30 times a minute, a person has a few pages open. What can be
# guessed is counted in the database (operations/foundation/guesses.py).
REQUESTS_PER_ADDRESS = "600 per minute"

CALLS_PER_KEY = "600 per minute"
"""What another system may ask of the API; a minute later it may again."""

csrf = CSRFProtect()


def secure(app: Flask, *, is_development: bool) -> None:
    """Set headers and cookies. Only development may do without TLS; in production the proxy before us ends it."""
    app.config.update(
        SESSION_COOKIE_NAME="onecall" if is_development else "__Host-onecall",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        # Twilio's webhooks prove themselves by signature; the pages' guard asks for the form's token.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    if not is_development:
        # One proxy stands before us and appends the caller's address; what callers claim themselves is further left.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    csrf.init_app(app)
    # Called in the opposite order: after Talisman has set its headers.
    app.after_request(_open_devices)
    app.after_request(_admit_pictures)
    app.after_request(_allow_compiled_code)
    Talisman(
        app,
        force_https=False,
        strict_transport_security=not is_development,
        session_cookie_secure=not is_development,
        content_security_policy=POLICY,
        referrer_policy="same-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
    )


def protect_form() -> None:
    """Refuse a form without its token. Runs before every page."""
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        view = current_app.view_functions[request.endpoint or ""]
        request.max_content_length = getattr(view, "largest_bytes", LARGEST_FORM_BYTES)
        if not getattr(view, "no_token_because", None):
            csrf.protect()


def allow_devices(*devices: str) -> None:
    """Let the page being made use these of the telephone's devices, such as "camera"; no other page may."""
    g.devices = devices


def _open_devices(response: Response) -> Response:
    devices = g.get("devices", ())
    if devices:
        rules = [f"{name}=({'self' if name in devices else ''})" for name in ("geolocation", "camera", "microphone")]
        response.headers["Permissions-Policy"] = ", ".join(rules)
    return response


def allow_compiled_code() -> None:
    """Let the page being made run WebAssembly that is a file of ours; no other page may, and none may build code."""
    g.runs_compiled_code = True


def _allow_compiled_code(response: Response) -> Response:
    if g.get("runs_compiled_code"):
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = f"{policy}; script-src 'self' 'wasm-unsafe-eval'"
    return response


def admit_pictures(host: str) -> None:
    """Let the page being made show pictures from this one host too, such as a map's tiles; no other page may."""
    g.picture_host = host


def _admit_pictures(response: Response) -> Response:
    host = g.get("picture_host", "")
    if host:
        rule = f"img-src {POLICY['img-src']}"
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = policy.replace(rule, f"{rule} {host}")
    return response


def limit_requests(app: Flask, pages: Blueprint, *, except_for: Blueprint) -> None:
    """Answer 429 to an address that asks for more pages than people do; `except_for` is for load balancers."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=False)
    limiter.limit(REQUESTS_PER_ADDRESS)(pages)
    limiter.exempt(except_for)


def limit_callers(app: Flask, routes: Blueprint) -> None:
    """Answer 429 to a key that asks more of the API than `CALLS_PER_KEY`, whatever addresses it asks from."""
    for limiter in app.extensions["limiter"]:
        limiter.limit(CALLS_PER_KEY, key_func=_caller)(routes)


def _caller() -> str:
    key = request.headers.get("Authorization", "")
    return hashlib.sha256(key.encode()).hexdigest() if key else get_remote_address()
