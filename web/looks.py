"""Write down who looks at a file, whichever page shows it, and show auditors the trail (S1)."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from operations.day import find_area
from operations.looks import list_looks, list_user_events, note_look
from operations.register_changes import list_register_events, read_changes
from operations.texts import list_text_events
from web.access import AUDITORS, for_roles
from web.services import now, services
from web.words import instant

looks = Blueprint("looks", __name__, url_prefix="/audit")
SHOWN = 200
SHOWN_CHANGES = 50
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


def write_look(response: Response) -> Response:
    """Write down that a signed-in user was shown a file; runs after every page."""
    found = FILES.get(request.endpoint or "")
    if found and response.status_code == OK and current_user.is_authenticated:
        kind, *names = found
        subject = ":".join((kind, *(str((request.view_args or {}).get(name, "")) for name in names)))
        with services().database.writing() as session:
            note_look(session, user_id=current_user.user_id, subject=subject, now=now())
    return response


@looks.get("")
@for_roles(AUDITORS)
def show() -> ResponseReturnValue:
    """Who looked at which file, and what was done with whose rights."""
    words = request.args.get("q", "").strip()[:60]
    with services().database.reading() as session:
        area = find_area(session, code=None)
        zone = ZoneInfo(area.time_zone if area else "UTC")
        today = now().astimezone(zone).date()
        seen = [
            (instant(look.looked_at, zone, today=today), look.user.display_name, look.subject)
            for look in list_looks(session, words=words, limit=SHOWN)
        ]
        done = [
            (instant(event.occurred_at, zone, today=today), event.actor, event.kind, event.subject, event.facts)
            for event in list_user_events(session, limit=SHOWN)
        ]
        set_up = [
            (instant(event.occurred_at, zone, today=today), event.actor, event.subject, read_changes(event))
            for event in list_register_events(session, limit=SHOWN)
        ]
        texts = [
            (instant(event.occurred_at, zone, today=today), event.actor, event.kind, event.subject, event.facts)
            for event in list_text_events(session, limit=SHOWN)
        ]
    return render_template(
        "audit.html", seen=seen, done=done, set_up=set_up, texts=texts, words=words, most=SHOWN_CHANGES
    )
