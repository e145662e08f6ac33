"""Messages and calls as Twilio's REST interface writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from simulator.exchange import API_VERSION, Exchange
from simulator.messages import Sms


def message_as_json(sms: Sms, account_sid: str) -> dict[str, Any]:
    """Return one message; everything but our own numbers is text, as at Twilio."""
    sent_at = format_datetime(sms.sent_at)
    path = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{sms.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": sms.body,
        "date_created": sent_at,
        "date_sent": None if sms.status in {"queued", "accepted"} else sent_at,
        "date_updated": sent_at,
        "direction": sms.direction,
        "error_code": sms.error_code,
        "error_message": None,
        # A service has not chosen yet.
        "from": None if sms.status == "accepted" else sms.from_number,
        "messaging_service_sid": sms.messaging_service_sid or None,
        "num_media": "0",
        "num_segments": str(sms.segments),
        "price": None,
        "price_unit": "USD",
        "sid": sms.sid,
        "status": sms.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": sms.to_number,
        "uri": f"{path}.json",
    }


def call_as_json(exchange: Exchange, sid: str) -> dict[str, Any]:
    """Return one call, still ringing, live or over; an unknown one is empty."""
    outgoing = next((one for one in exchange.outgoing if one.sid == sid), None)
    call = exchange.calls.get(sid)
    if outgoing is None and call is None:
        return {}
    from_number = call.from_number if call else outgoing.from_number if outgoing else ""
    to_number = call.to_number if call else outgoing.to_number if outgoing else ""
    return {
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "answered_by": None,
        "direction": "outbound-api" if outgoing else "inbound",
        "duration": str(round(call.seconds)) if call and call.is_over else None,
        "from": from_number,
        "from_formatted": from_number,
        "sid": sid,
        "status": call.status if call else outgoing.status if outgoing else "",
        "to": to_number,
        "to_formatted": to_number,
        "uri": f"/{API_VERSION}/Accounts/{exchange.account_sid}/Calls/{sid}.json",
        "subresource_uris": {},
    }


def read_instant(text: str) -> datetime:
    """Read a date or an instant in ISO 8601; without a zone it is UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
