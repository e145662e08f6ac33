"""Ask the carrier, with no transaction open, for receipts and texts whose webhooks never reached us."""

from __future__ import annotations

import structlog

from operations.clients.carrier_records import (
    TEXTS_OF,
    CarrierRecords,
    list_never_arrived,
    list_without_receipt,
)
from operations.clients.services import Services
from operations.inbox.inbound_messages import take_text
from outbox.sender import record_receipt

log = structlog.get_logger()


def find_lost_webhooks(services: Services) -> int:
    """Take in what was lost, as the webhook would have; return how many receipts and texts were new.

    Raises CarrierAway when the records cannot be read; what was read until then is kept.
    """
    records = services.carrier_records
    if records is None:
        return 0
    return _take_texts(services, records) + _take_receipts(services, records)


def _take_receipts(services: Services, records: CarrierRecords) -> int:
    with services.database.reading() as session:
        waiting = list_without_receipt(session, now=services.now())
    found = 0
    for message_id, sid in waiting:
        receipt = records.find_receipt(message_sid=sid)
        if receipt is None:
            continue
        with services.database.writing() as session:
            found += record_receipt(
                session,
                reference=message_id,
                message_sid=sid,
                status=receipt.status,
                error_code=receipt.error_code,
                now=services.now(),
            )
    return found


def _take_texts(services: Services, records: CarrierRecords) -> int:
    texts = records.list_texts(to_number=services.house.hotline_number, since=services.now() - TEXTS_OF)
    with services.database.reading() as session:
        lost = list_never_arrived(session, texts=texts)
    for text in lost:
        log.warning("a text reached the carrier and not us", message_sid=text.sid)
        # One that arrives by itself at this moment is taken once: its id is unique.
        with services.database.writing() as session:
            take_text(
                session,
                message_sid=text.sid,
                from_number=text.from_number,
                body=text.body,
                house=services.house,
                now=services.now(),
            )
    return len(lost)
