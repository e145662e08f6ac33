"""Signed hooks for e-mail and chat gateways (WeChat and others): in by HTTP, answered through the outbox (H16, S2)."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, request

from operations.clients.services import Services
from operations.inbox.inbound_letters import Arrived, arrive_by_mail, take_letter
from policies.letters import LARGEST_BYTES, LetterUnreadable, read_letter
from policies.message_channels import MessageChannel
from policies.signed_hooks import is_signed_hook

LONGEST_CHAT = 4000
LONGEST_NAME = 200
CHAT_FIELDS = ("id", "from", "text")
log = structlog.get_logger()
letters = Blueprint("letters", __name__, url_prefix="/channels")


@letters.before_request
def refuse_unsigned_hook() -> Response | None:
    """Return 404 while no secret is set, 413 for what is too large, 403 for what is not signed with it."""
    services: Services = current_app.extensions["onecall"]
    if services.hook_secret is None:
        return _say("no such page", 404)
    if (request.content_length or 0) > LARGEST_BYTES:
        return _say("too large", 413)
    is_ours = is_signed_hook(
        secret=services.hook_secret,
        sent_at=request.headers.get("X-OneCall-Timestamp", ""),
        body=request.get_data(),
        signature=request.headers.get("X-OneCall-Signature", ""),
        now_seconds=services.now().timestamp(),
    )
    return None if is_ours else _say("signature refused", 403)


@letters.post("/mail")
def mail() -> Response:
    """An e-mail, as the bytes the mail server took."""
    try:
        letter = read_letter(request.get_data())
    except LetterUnreadable as trouble:
        return _say(f"not taken: {trouble}", 422)
    services: Services = current_app.extensions["onecall"]
    return _take(arrive_by_mail(letter, files=services.files))


@letters.post("/chat")
def chat() -> Response:
    """One chat message: JSON with `id`, `from` and `text`."""
    sent = request.get_json(silent=True)
    given = [sent.get(name) for name in CHAT_FIELDS] if isinstance(sent, dict) else []
    fields = [one for one in given if isinstance(one, str) and one.strip()]
    if len(fields) != len(CHAT_FIELDS):
        return _say("not taken: id, from and text are texts and none is empty", 422)
    message_id, sender, text = fields
    if len(message_id) > LONGEST_NAME or len(sender) > LONGEST_NAME or len(text) > LONGEST_CHAT:
        return _say(f"not taken: id and from have at most {LONGEST_NAME} characters, text {LONGEST_CHAT}", 422)
    return _take(Arrived(MessageChannel.CHAT, message_id, sender, "", text))


def _take(arrived: Arrived) -> Response:
    services: Services = current_app.extensions["onecall"]
    with services.database.writing() as session:
        take_letter(session, arrived=arrived, house=services.house, now=services.now())
    return Response(status=204)


def _say(words: str, status: int) -> Response:
    return Response(f"{words}\n", status=status, mimetype="text/plain")
