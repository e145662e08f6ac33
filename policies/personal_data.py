"""Whose data stands where, how long it is kept, and what becomes of it when it is erased (S1). See docs/privacy.md.

Every column that takes free words, numbers of telephones or places is named here or in
tests/policies/impersonal_columns.txt; a test demands it, so that nobody adds a telephone number that is never erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """What becomes of a value when the person's data is erased."""

    EMPTIED = "emptied"
    DASHED = "dashed"
    ROUGHENED = "roughened"
    RENAMED = "renamed"
    DELETED = "deleted"
    STAYS = "stays"
    PASSES = "passes"


class Keeping(Enum):
    """How long it is kept when nobody asks: as long as the relation lasts, by a figure, or by a job's own time."""

    RELATION = "relation"
    CALL_DAYS = "call_days"
    MESSAGE_DAYS = "message_days"
    PHOTO_DAYS = "photo_days"
    REQUEST_DAYS = "request_days"
    RECORDING_DAYS = "recording_days"
    TWO_DAYS = "two_days"
    MONTH_AFTER_END = "month_after_end"
    THREE_YEARS = "three_years"
    FOR_GOOD = "for_good"


@dataclass(frozen=True, slots=True)
class Personal:
    """A table's columns with what becomes of each; `aged_by` is the column its keeping counts from, if by a figure."""

    columns: Mapping[str, Fate]
    kept: Keeping
    aged_by: str = ""


_E, _DASH, _ROUGH, _NEW, _GONE, _STAYS, _PASSES = Fate

PERSONAL: dict[str, Personal] = {
    "customers": Personal(
        {"name": _DASH, "name_en": _E, "adviser": _E, "number": _STAYS, "number_digits": _STAYS},
        Keeping.RELATION,
    ),
    "customer_phones": Personal({"number": _GONE}, Keeping.RELATION),
    "special_dates": Personal({"name": _GONE}, Keeping.RELATION),
    "contact_choices": Personal({"address": _STAYS}, Keeping.FOR_GOOD),
    "customer_calls": Personal({"to_number": _E, "values": _E, "answers": _E}, Keeping.MESSAGE_DAYS, "ended_at"),
    "sites": Personal(
        {
            "address": _DASH,
            "address_en": _DASH,
            "likeness_mark": _E,
            "district": _STAYS,
            "latitude": _ROUGH,
            "longitude": _ROUGH,
        },
        Keeping.RELATION,
    ),
    "assets": Personal({"serial": _STAYS, "serial_digits": _STAYS, "serial_tail": _STAYS}, Keeping.FOR_GOOD),
    "purchase_proofs": Personal({"number": _STAYS}, Keeping.FOR_GOOD),
    "agreements": Personal({"ended_reason": _E}, Keeping.FOR_GOOD),
    "receivables": Personal({"note": _E}, Keeping.FOR_GOOD),
    "service_requests": Personal({"contact_phone": _E, "note": _E}, Keeping.REQUEST_DAYS, "closed_at"),
    "calls": Personal(
        {"from_number": _E, "to_number": _E, "contact_phone": _E, "memory": _E}, Keeping.CALL_DAYS, "ended_at"
    ),
    "call_events": Personal({"facts": _E}, Keeping.CALL_DAYS, "occurred_at"),
    "recordings": Personal({"url": _E}, Keeping.RECORDING_DAYS),
    "queue_entries": Personal({"contact_phone": _E}, Keeping.CALL_DAYS, "ended_at"),
    "call_backs": Personal({"contact_phone": _E}, Keeping.CALL_DAYS, "made_at"),
    "complaints": Personal(
        {
            "contact_phone": _E,
            "words": _E,
            "customers_side": _E,
            "our_side": _E,
            "finding": _E,
            "solution": _E,
            "gift": _E,
            "deviation": _E,
            "outcome_for_staff": _E,
        },
        Keeping.REQUEST_DAYS,
        "closed_at",
    ),
    "escalations": Personal({"note": _E}, Keeping.REQUEST_DAYS, "closed_at"),
    "exception_reports": Personal({"problem": _E, "answer": _E}, Keeping.RELATION),
    "plan_moves": Personal({"reason": _E}, Keeping.REQUEST_DAYS, "made_at"),
    "files": Personal({"key": _STAYS, "name": _E}, Keeping.PHOTO_DAYS, "received_at"),
    "work_reports": Personal(
        {
            "customer_signer": _E,
            "agreed_by": _E,
            "agreed_salesperson": _E,
            "opinion_note": _E,
            "departed_latitude": _E,
            "departed_longitude": _E,
        },
        Keeping.REQUEST_DAYS,
        "handed_in_at",
    ),
    "settlements": Personal({"agreed_by": _E}, Keeping.FOR_GOOD),
    "returns": Personal({"note": _E}, Keeping.RELATION),
    "shipments": Personal({"tracking_number": _STAYS}, Keeping.FOR_GOOD),
    "shipment_sightings": Personal({"note": _E}, Keeping.RELATION),
    "messages": Personal(
        {"to_number": _E, "body": _E, "values": _E, "recipient": _DASH, "business_key": _NEW},
        Keeping.MESSAGE_DAYS,
        "created_at",
    ),
    "inbound_messages": Personal({"from_number": _E, "subject": _E, "body": _E}, Keeping.MESSAGE_DAYS, "received_at"),
    "status_events": Personal({"personal": _E, "personal_salts": _E}, Keeping.REQUEST_DAYS, "recorded_at"),
    "access_links": Personal({"secret_hash": _GONE, "subject": _GONE}, Keeping.MONTH_AFTER_END),
    "technicians": Personal(
        {
            "name": _DASH,
            "name_en": _DASH,
            "phone": _NEW,
            "home_latitude": _ROUGH,
            "home_longitude": _ROUGH,
            "number": _STAYS,
        },
        Keeping.RELATION,
    ),
    "absences": Personal({"reason": _E}, Keeping.RELATION),
    "team_records": Personal({"words": _E, "withdrawn_why": _E}, Keeping.RELATION),
    "certificates": Personal({"number": _E}, Keeping.RELATION),
    "expenses": Personal({"note": _E}, Keeping.FOR_GOOD),
    "field_entries": Personal({"data": _E, "reason": _E}, Keeping.RELATION),
    "stock_places": Personal(
        {"name": _DASH, "name_en": _DASH, "latitude": _STAYS, "longitude": _STAYS}, Keeping.RELATION
    ),
    # Of people of the house and of partners, ended with their account or their roster.
    "users": Personal(
        {"name": _STAYS, "display_name": _STAYS, "password_hash": _E, "totp_secret": _E, "email": _E},
        Keeping.RELATION,
    ),
    "agents": Personal({"phone": _E}, Keeping.RELATION),
    "duty_turns": Personal({"name": _STAYS, "name_en": _STAYS, "phone": _STAYS}, Keeping.RELATION),
    "service_points": Personal({"name": _STAYS, "name_en": _STAYS, "phone": _STAYS}, Keeping.RELATION),
    "file_looks": Personal({"subject": _STAYS}, Keeping.THREE_YEARS, "looked_at"),
    "webhook_claims": Personal({"key": _PASSES, "answer": _PASSES}, Keeping.TWO_DAYS, "claimed_at"),
    "guess_counters": Personal({"key": _PASSES}, Keeping.TWO_DAYS, "window_from_at"),
}
