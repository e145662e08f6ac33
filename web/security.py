"""What every answer to a browser carries: a policy that allows only our own files, strict cookies, no framing (S2)."""

from datetime import timedelta

from flask import Flask, request
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect

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
    csrf.init_app(app)
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
        request.max_content_length = LARGEST_FORM_BYTES
        csrf.protect()
