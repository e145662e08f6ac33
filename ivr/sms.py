"""The SMS webhooks: texts from technicians and customers, and delivery receipts."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, request

from ivr.form_values import whole_number
from ivr.restarts import through_restarts
from ivr.signature import refuse_unsigned
from operations.clients.services import Services
from operations.inbox.inbound_messages import take_text
from outbox.sender import record_receipt
from policies.opt_outs import read_opt_out_type

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
log = structlog.get_logger()
LONGEST_SID = 34
sms = Blueprint("sms", __name__, url_prefix="/sms")
sms.before_request(refuse_unsigned)


@sms.post("/incoming")
@through_restarts
def incoming() -> Response:
    """Somebody texted the hotline's number. The answer goes through the outbox, never back in the TwiML."""
    services: Services = current_app.extensions["onecall"]
    form = request.form
    with services.database.writing() as session:
        take_text(
            session,
            message_sid=form.get("MessageSid", "")[:LONGEST_SID],
            from_number=form.get("From", "unknown"),
            body=form.get("Body", ""),
            answered=read_opt_out_type(form.get("OptOutType")),
            house=services.house,
            now=services.now(),
        )
    return Response(EMPTY_TWIML, mimetype="text/xml")


@sms.post("/status")
@through_restarts
def status() -> Response:
    """A message of ours moved on. The URL carries our own id, so a receipt may overtake the answer to the send."""
    services: Services = current_app.extensions["onecall"]
    form, reference = request.form, whole_number(request.args.get("m"))
    if reference is None:
        return Response("no such message\n", status=404, mimetype="text/plain")
    with services.database.writing() as session:
        is_ours = record_receipt(
            session,
            reference=reference,
            message_sid=form.get("MessageSid", ""),
            status=form.get("MessageStatus", ""),
            error_code=form.get("ErrorCode"),
            now=services.now(),
        )
    if not is_ours:
        log.warning("receipt for no message of ours", reference=reference, message_sid=form.get("MessageSid"))
    return Response(status=204)
