"""Nobody gets in through a webhook (S2): each carries Twilio's signature over the configured public address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app, request
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

if TYPE_CHECKING:
    # Not at run time: the fallback checks signatures too, and must start without database and planner.
    from operations.clients.services import Services


def refuse_unsigned() -> Response | None:
    """Return 403 unless the request was signed with our token; used before every webhook, changes nothing."""
    services: Services = current_app.extensions["onecall"]
    return refusal_of_unsigned(public_base_url=services.house.public_base_url, auth_token=services.twilio_auth_token)


def refusal_of_unsigned(*, public_base_url: str, auth_token: str) -> Response | None:
    """Return 403 for a present request that does not carry the signature of `auth_token`, else None.

    The URL is built from PUBLIC_BASE_URL and never from Host or forwarding headers, which anybody can write
    (Twilio's "Validating Signatures"; twilio-python issues 751, 715, 392).
    """
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    # GET carries everything in the query; only a form's fields are signed on their own.
    fields: MultiDict[str, str] = request.form if request.method == "POST" else MultiDict()
    signature = request.headers.get("X-Twilio-Signature", "")
    if RequestValidator(auth_token).validate(f"{public_base_url}{request.path}{query}", fields, signature):
        return None
    return Response("signature refused\n", status=403, mimetype="text/plain")
