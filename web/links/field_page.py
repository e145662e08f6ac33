"""What a technician's page asks of us besides the page itself: the day, entries and photos, the next visit (D11).

The link is the key to all of it; there is no cookie, so nothing here needs a form's token.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy.orm import Session

from models import FieldEntry, Shift, Technician, Visit
from operations.dispatching.bookings import WindowLost
from operations.fieldwork.field_entries import SentEntry, SignatureUnknown, find_own_visit, take_entry, take_photo
from operations.fieldwork.next_visits import NotOnSite, book_next_visit, offer_next_visit
from operations.fieldwork.visits import RequestNotPlannable
from operations.foundation.files import FileNotAPicture, FileTooLarge, key_of, read_picture
from operations.foundation.links import LinkNotValid, open_link
from operations.telephone.visit_calls import NobodyToConnect, ring_who_asks
from policies.field_entries import EntryKind, EntryOutcome
from policies.files import LARGEST_BYTES, FileKind
from policies.roles import LinkPurpose
from policies.visit_calls import VisitParty
from web.foundation.access import public, takes_up_to, without_form_token
from web.foundation.security import allow_compiled_code, allow_devices
from web.foundation.services import now, services
from web.foundation.static_files import FOLDER, asset
from web.layout.wrong_links import refuse_link
from web.links.field_day import build_day, window_words
from web.links.field_forms import (
    EntriesForm,
    EntryForm,
    NextVisitForm,
    PhotoForm,
    WindowsForm,
    list_problems,
    read_data,
)
from web.wording.sentences import say, use_language

field_page = Blueprint("field_page", __name__, url_prefix="/r")
SECRET_IS_KEY = "the link itself is the key: 72 random bits, one shift, expires"  # noqa: S105
NO_COOKIE = "the link in the address is the key, and no cookie"
LARGEST_ENTRIES_BYTES = 512 * 1024
FORM_BYTES = 16 * 1024


class PhotoKindUnknown(ValueError):
    """There is no such kind of photo."""


@field_page.get("/")
@public(because="it shows nothing: the telephone fills in what it keeps")
def home() -> ResponseReturnValue:
    """The installed page, opened without a link: it goes on with the latest one the telephone knows."""
    allow_devices("camera", "geolocation")
    allow_compiled_code()
    return render_template("field_home.html")


@field_page.get("/worker.js")
@public(because="it is the same for everybody")
def worker() -> ResponseReturnValue:
    """The part of the page that keeps it when there is no network; it stands here because it may only serve below."""
    response = make_response((FOLDER / "js" / "field_worker.js").read_text("utf-8"))
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response


@field_page.get("/manifest.webmanifest")
@public(because="it is the same for everybody")
def manifest() -> ResponseReturnValue:
    """What a telephone needs to put the page among its apps."""
    icons = [{"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}]
    icons += [
        {"src": asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
        for size in (192, 512)
    ]
    response = jsonify(
        name=say("field.app_name"),
        short_name=say("field.app_name"),
        start_url=url_for("web.field_page.home"),
        scope=url_for("web.field_page.home"),
        display="standalone",
        background_color="#eef1f3",
        theme_color="#0e6f64",
        icons=icons,
    )
    response.headers["Content-Type"] = "application/manifest+json"
    return response


@field_page.get("/<secret>/day.json")
@public(because=SECRET_IS_KEY)
def day(secret: str) -> ResponseReturnValue:
    """Everything the page shows and needs in the cellar."""

    def read(session: Session, shift: Shift) -> ResponseReturnValue:
        return jsonify(build_day(session, shift))

    return _open(secret, read)


@field_page.post("/<secret>/entries")
@public(because=SECRET_IS_KEY)
@without_form_token(because=NO_COOKIE)
@takes_up_to(LARGEST_ENTRIES_BYTES)
def entries(secret: str) -> ResponseReturnValue:
    """Take in what was entered, each entry in a transaction of its own, in the order it was entered."""
    technician_id = _technician_id(secret)
    sent = EntriesForm.model_validate_json(request.get_data())
    return jsonify(results=[_take(technician_id, raw, sent.sent_at) for raw in sent.entries])


@field_page.post("/<secret>/photos")
@public(because=SECRET_IS_KEY)
@without_form_token(because=NO_COOKIE)
@takes_up_to(LARGEST_BYTES + FORM_BYTES)
def photos(secret: str) -> ResponseReturnValue:
    """Take in one photo or signature: checked and drawn anew with no transaction open, then kept."""
    technician_id = _technician_id(secret)
    form = PhotoForm.model_validate(request.args.to_dict())
    kind = _photo_kind(form.kind)
    try:
        picture = read_picture(request.get_data())
    except FileTooLarge:
        return jsonify(_result(form.key, EntryOutcome.REFUSED, "too_large"))
    except FileNotAPicture:
        return jsonify(_result(form.key, EntryOutcome.REFUSED, "not_a_picture"))
    entry = SentEntry(str(form.key), EntryKind.PHOTO, form.visit, form.at, form.sent_at, None, {"kind": str(kind)})
    with services().database.reading() as session:
        visit = find_own_visit(session, technician=session.get_one(Technician, technician_id), code=form.visit)
        key = key_of(picture, request_id=visit.request_id) if visit is not None else None
    if key is not None:
        services().files.write(key, picture.content)
    with services().database.writing() as session:
        technician = session.get_one(Technician, technician_id)
        row = take_photo(session, technician=technician, entry=entry, picture=picture, kind=kind, now=now())
        return jsonify(_result(form.key, row.outcome, row.reason))


@field_page.post("/<secret>/visits/<code>/windows")
@public(because=SECRET_IS_KEY)
@without_form_token(because=NO_COOKIE)
def windows(secret: str, code: str) -> ResponseReturnValue:
    """Offer real windows for the next visit, held while the customer chooses (D14)."""
    form = WindowsForm.model_validate_json(request.get_data() or "{}")

    def offer(session: Session, visit: Visit, zone: ZoneInfo, _actor: str) -> ResponseReturnValue:
        wanted = form.not_before_on
        not_before_at = dt.datetime.combine(wanted, dt.time(), zone) if wanted else None
        offered = offer_next_visit(session, visit=visit, now=now(), not_before_at=not_before_at)
        return jsonify(
            windows=[
                {"hold_id": hold.id, "words": window_words(hold.window_from_at, hold.window_until_at, zone)}
                for hold in offered.holds
            ]
        )

    return _on_visit(secret, code, offer)


@field_page.post("/<secret>/visits/<code>/next")
@public(because=SECRET_IS_KEY)
@without_form_token(because=NO_COOKIE)
def next_visit(secret: str, code: str) -> ResponseReturnValue:
    """Promise the window the customer chose."""
    form = NextVisitForm.model_validate_json(request.get_data())

    def book(session: Session, visit: Visit, zone: ZoneInfo, actor: str) -> ResponseReturnValue:
        booked = book_next_visit(
            session, visit=visit, hold_id=form.hold_id, house=services().house, now=now(), actor=actor
        )
        from_at, until_at = booked.window_from_at, booked.window_until_at
        words = window_words(from_at, until_at, zone) if from_at and until_at else ""
        return jsonify(words=words)

    return _on_visit(secret, code, book)


@field_page.post("/<secret>/visits/<code>/call")
@public(because=SECRET_IS_KEY)
@without_form_token(because=NO_COOKIE)
def call_customer(secret: str, code: str) -> ResponseReturnValue:
    """Ring the technician, and put him through to the customer of a visit; without a script it leads back."""

    def ring(session: Session, visit: Visit, _zone: ZoneInfo, _actor: str) -> ResponseReturnValue:
        try:
            ring_who_asks(session, visit=visit, party=VisitParty.TECHNICIAN, now=now())
        except NobodyToConnect:
            said = "cannot_call"
        else:
            said = "rings"
        if request.is_json:
            return jsonify(said=said)
        return redirect(url_for("web.route_page.show", secret=secret, said=said))

    return _on_visit(secret, code, ring)


@field_page.errorhandler(LinkNotValid)
def explain_link(_error: LinkNotValid) -> ResponseReturnValue:
    """Count the try and say no more than that the link is not good."""
    return refuse_link()


@field_page.errorhandler(ValidationError)
def explain_fields(error: ValidationError) -> ResponseReturnValue:
    """Say which fields are wrong, and nothing of what was in them."""
    return jsonify(problems=list_problems(error)), 422


@field_page.errorhandler(PhotoKindUnknown)
@field_page.errorhandler(NotOnSite)
@field_page.errorhandler(RequestNotPlannable)
def explain_refusal(error: Exception) -> ResponseReturnValue:
    """What cannot be done now is a conflict with how things stand."""
    return jsonify(reason=type(error).__name__), 409


@field_page.errorhandler(WindowLost)
def explain_lost_window(_error: WindowLost) -> ResponseReturnValue:
    """The window is gone; the page asks for others."""
    return jsonify(reason="window_lost"), 409


def _take(technician_id: int, raw: dict[str, Any], sent_at: dt.datetime) -> dict[str, Any]:
    """Take in one entry; one that is malformed is named and hinders no other."""
    try:
        form = EntryForm.model_validate(raw)
        if form.kind is EntryKind.PHOTO:
            return _result(form.key, EntryOutcome.REFUSED, "malformed")
        data = read_data(form)
    except ValidationError as error:
        return _result(str(raw.get("key", "")), EntryOutcome.REFUSED, "malformed") | {"problems": list_problems(error)}
    entry = SentEntry(
        key=str(form.key),
        kind=form.kind,
        visit_code=form.visit,
        said_at=form.at,
        sent_at=sent_at,
        seen=str(form.seen) if form.seen else None,
        data=data,
    )
    try:
        with services().database.writing() as session:
            technician = session.get_one(Technician, technician_id)
            row = take_entry(session, technician=technician, entry=entry, house=services().house, now=now())
            return _result_of(row)
    except SignatureUnknown:
        return {"key": str(form.key), "outcome": "wait", "reason": "signature"}


def _result_of(row: FieldEntry) -> dict[str, Any]:
    return _result(row.entry_key, row.outcome, row.reason)


def _result(key: str | UUID, outcome: EntryOutcome, reason: str) -> dict[str, Any]:
    return {"key": str(key), "outcome": str(outcome), "reason": reason}


def _photo_kind(word: str) -> FileKind:
    if word not in set(FileKind):
        raise PhotoKindUnknown(word)
    return FileKind(word)


def _open(secret: str, answer: Callable[[Session, Shift], ResponseReturnValue]) -> ResponseReturnValue:
    """Answer out of the shift a link opens, in its technician's language, kept by nobody on the way."""
    with services().database.reading() as session:
        shift = _shift(session, secret)
        use_language(shift.technician.language)
        response = make_response(answer(session, shift))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _technician_id(secret: str) -> int:
    with services().database.reading() as session:
        shift = _shift(session, secret)
        use_language(shift.technician.language)
        return shift.technician_id


def _on_visit(
    secret: str, code: str, act: Callable[[Session, Visit, ZoneInfo, str], ResponseReturnValue]
) -> ResponseReturnValue:
    technician_id = _technician_id(secret)
    with services().database.writing() as session:
        technician = session.get_one(Technician, technician_id)
        visit = find_own_visit(session, technician=technician, code=code)
        if visit is None:
            return jsonify(reason="unknown_visit"), 404
        zone = ZoneInfo(visit.request.site.time_zone if visit.request.site else technician.area.time_zone)
        return act(session, visit, zone, f"technician:{technician.number}")


def _shift(session: Session, secret: str) -> Shift:
    return session.get_one(Shift, open_link(session, secret=secret, purpose=LinkPurpose.ROUTE, now=now()))
