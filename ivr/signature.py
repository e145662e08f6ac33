"""Nobody gets in through a webhook (S2): each carries Twilio's signature over the configured public address."""

from __future__ import annotations

from flask import Response, current_app, request
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from operations.services import Services


def refuse_unsigned() -> Response | None:
    """Return 403 unless the request was signed with our token; used before every webhook, changes nothing.

    The URL is built from PUBLIC_BASE_URL and never from Host or forwarding headers, which anybody can write
    (Twilio's "Validating Signatures"; twilio-python issues 751, 715, 392).
    """
    services: Services = current_app.extensions["onecall"]
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    url = f"{services.house.public_base_url}{request.path}{query}"
    # GET carries everything in the query; only a form's fields are signed on their own.
    fields: MultiDict[str, str] = request.form if request.method == "POST" else MultiDict()
    validator = RequestValidator(services.twilio_auth_token)
    if validator.validate(url, fields, request.headers.get("X-Twilio-Signature", "")):
        return None
    return Response("signature refused\n", status=403, mimetype="text/plain")
