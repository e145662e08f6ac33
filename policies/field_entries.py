"""Entries from a technician's page: their kinds, what becomes of them, and when they happened (D11)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum


class EntryKind(StrEnum):
    """What a technician can enter, with or without a network."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DEPARTED = "departed"
    LATE = "late"
    ARRIVED = "arrived"
    CHECKLIST = "checklist"
    SERIAL = "serial"
    DIAGNOSIS = "diagnosis"
    CHARGES = "charges"
    CHARGES_AGREED = "charges_agreed"
    PARTS = "parts"
    SIGNED = "signed"
    DONE = "done"
    INCOMPLETE = "incomplete"
    NO_ACCESS = "no_access"
    NEED_PART = "need_part"
    FETCHED = "fetched"
    EXPENSE = "expense"
    NEED_HELP = "need_help"
    ASK_EXPERTS = "ask_experts"
    TRIED_ANSWER = "tried_answer"
    PHOTO = "photo"


class EntryOutcome(StrEnum):
    """What became of an entry. `changed_meanwhile`: somebody else wrote the same part first; both are kept."""

    TAKEN = "taken"
    REFUSED = "refused"
    CHANGED_MEANWHILE = "changed_meanwhile"


SECTIONS: dict[EntryKind, str] = {
    EntryKind.SERIAL: "serial",
    EntryKind.DIAGNOSIS: "diagnosis",
    EntryKind.CHARGES: "charges",
    EntryKind.PARTS: "parts",
}
"""Parts of a report that two people could write differently; other entries only add."""


def read_phone_time(
    *, said_at: dt.datetime, sent_at: dt.datetime, received_at: dt.datetime, earliest_at: dt.datetime
) -> dt.datetime:
    """Return when an entry happened, whatever the telephone's clock says.

    A telephone's clock may be wrong, but it runs evenly: how long before sending an entry was made is true also
    there. The result is never later than `received_at`, nor earlier than `earliest_at`, when the visit was told.
    """
    age = max(sent_at - said_at, dt.timedelta())
    return max(min(received_at, received_at - age), min(earliest_at, received_at))


def is_changed_meanwhile(*, seen: str | None, last: str | None) -> bool:
    """Tell whether a part of a report was written by somebody else since the telephone last saw it.

    `seen` is the entry the telephone believed to be the last for that part, `last` the one that really is.
    """
    return last is not None and seen != last
