"""Write down who looks at a file, whichever page shows it, and show auditors the trail (S1)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import StatusEvent
from operations.office.audit import PARTS, AuditSearch, count_audit_events, list_audit_events, name_users
from operations.office.looks import count_looks, list_looks, note_look
from operations.office.register_changes import CHANGED, RowChange, read_changes
from operations.office.registers import REGISTERS
from web.foundation.access import AUDITORS, for_roles
from web.foundation.paging import Pages, address_of, read_day_asked, read_page
from web.foundation.services import now, services
from web.layout.navigation import may_open
from web.layout.tables import house_zone, local
from web.setup.policy import say_version
from web.setup.registers import put_in_words, readers_of
from web.wording.record_words import say_look, say_party
from web.wording.timeline_facts import say_facts

looks = Blueprint("looks", __name__, url_prefix="/audit")
SHOWN = 20
SHOWN_CHANGES = 50
LONGEST = 60
LOOKS = "looks"
ALL_PARTS = (LOOKS, *PARTS)
HEADS: Mapping[str, tuple[str, ...]] = {
    LOOKS: ("at", "who", "record"),
    "sign_ins": ("at", "who", "what", "record", "address"),
    "set_up": ("at", "who", "record", "changed"),
    "texts": ("at", "who", "what", "record", "changed"),
    "figures": ("at", "who", "what", "details"),
    "rights": ("at", "who", "what", "record", "details"),
}
"""The headings of a part's columns."""
OK = 200

# Pages that show a person's file: endpoint → the kind of file and the parts of the address that name it.
FILES: dict[str, tuple[str, ...]] = {
    "web.customers.show": ("customer", "number"),
    "web.privacy.download": ("copy", "number"),
    "web.customers.show_asset": ("asset", "serial"),
    "web.complaints.show": ("complaint", "number"),
    "web.request_money.show": ("request", "number"),
    "web.requests.show": ("request", "number"),
    "web.calls.show_one": ("call", "call_id"),
    "web.files.show": ("photo", "key"),
    "web.work_reports.show": ("report", "code"),
    "web.registers.download": ("register", "name"),
    "web.messages.show_person": ("conversation", "kind", "key"),
}

# The pages an auditor is led to from the trail: the kind of record → endpoint and what names it there.
RECORD_PAGES: Mapping[str, tuple[str, str]] = {
    "customer": ("web.customers.show", "number"),
    "asset": ("web.customers.show_asset", "serial"),
    "complaint": ("web.complaints.show", "number"),
    "request": ("web.requests.show", "number"),
    "call": ("web.calls.show_one", "call_id"),
    "register": ("web.registers.show", "name"),
}


def write_look(response: Response) -> Response:
    """Write down that a signed-in user was shown a file, or took a list along; runs after every page."""
    if response.status_code == OK and current_user.is_authenticated and (subject := _looked_at(response)):
        with services().database.writing() as session:
            note_look(session, user_id=current_user.user_id, subject=subject, now=now())
    return response


def _looked_at(response: Response) -> str:
    """Return what a page shows or a list that is taken along holds, as a look's subject; nothing for other pages."""
    if request.args.get("as") and "Content-Disposition" in response.headers:
        return f"list:{request.args.get('list', '')}:{request.path}"
    kind, *names = FILES.get(request.endpoint or "", ("",))
    return ":".join((kind, *(str((request.view_args or {}).get(name, "")) for name in names)))


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One event as the page shows it: when, who, what, about which record, and what was before and after.

    `said` are its facts in words; `page` is the record's own, nothing where there is none or it is not for the reader.
    """

    at: str
    who: str
    kind: str = ""
    record: str = ""
    page: str = ""
    address: str = ""
    said: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    changes: Sequence[RowChange] = ()


@looks.get("")
@for_roles(AUDITORS)
def show() -> ResponseReturnValue:
    """Who looked at what, came in, changed what: every part's latest, or with `part` all of one, page by page."""
    part = request.args.get("part", "")
    names = [part] if part in ALL_PARTS else list(ALL_PARTS)
    with services().database.reading() as session:
        zone = house_zone(session)
        search = _read_search(zone)
        found = {name: _count(session, name, search) for name in names}
        pages = {name: read_page(found[name]) if part else Pages(1, found[name], SHOWN) for name in names}
        lines = {name: _list(session, name, search, pages[name], zone) for name in names}
    return render_template(
        "audit.html",
        part=part if part in ALL_PARTS else "",
        parts=ALL_PARTS,
        heads=HEADS,
        lines=lines,
        pages=pages,
        address_of=address_of,
        asked={name: request.args.get(name, "") for name in ("who", "record", "from", "until")},
        most=SHOWN_CHANGES,
    )


def _read_search(zone: ZoneInfo) -> AuditSearch:
    from_at, until_at = read_day_asked("from", zone), read_day_asked("until", zone)
    return AuditSearch(
        who=request.args.get("who", "").strip()[:LONGEST],
        record=request.args.get("record", "").strip()[:LONGEST],
        from_at=from_at,
        until_at=until_at + dt.timedelta(days=1) if until_at else None,
    )


def _count(session: Session, part: str, search: AuditSearch) -> int:
    if part == LOOKS:
        return count_looks(session, search=search)
    return count_audit_events(session, part=part, search=search)


def _list(session: Session, part: str, search: AuditSearch, pages: Pages, zone: ZoneInfo) -> list[TrailLine]:
    if part == LOOKS:
        return [
            TrailLine(
                local(look.looked_at, zone),
                look.user.display_name,
                record=say_look(look.subject),
                page=_page_of(look.subject),
            )
            for look in list_looks(session, search=search, skip=pages.skipped, limit=pages.size)
        ]
    events = list_audit_events(session, part=part, search=search, skip=pages.skipped, limit=pages.size)
    names = name_users(session, events)
    return [_event_line(event, names.get(event.subject) or say_look(event.subject), zone) for event in events]


def _event_line(event: StatusEvent, record: str, zone: ZoneInfo) -> TrailLine:
    register = REGISTERS.get(event.subject.partition(":")[2]) if event.kind == CHANGED else None
    changes = read_changes(event)
    is_version = event.kind in PARTS["figures"]
    return TrailLine(
        local(event.occurred_at, zone),
        say_party(event.actor),
        kind=event.kind,
        record=event.subject if event.kind in PARTS["texts"] else record,
        page=_page_of(event.subject),
        address=(event.personal or {}).get("address", ""),
        said=say_version(event, zone) if is_version else say_facts(event.facts, {}, zone, now=now()),
        facts=event.facts,
        changes=[put_in_words(register, change) for change in changes] if register else changes,
    )


def _page_of(subject: str) -> str:
    """Return the page of a record, where it is for whoever is signed in."""
    kind, _, key = subject.partition(":")
    endpoint, name = RECORD_PAGES.get(kind, ("", ""))
    if not endpoint or not may_open(endpoint) or (kind == "register" and current_user.role not in readers_of(key)):
        return ""
    named: dict[str, Any] = {name: key}
    return url_for(endpoint, **named)
