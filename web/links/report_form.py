"""The web form: a fault reported without a call, photos with it, times offered at once (H16)."""

import re
import uuid
from collections import defaultdict

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import FaultCategory, ServiceRequest
from operations.aftercare.customer_page import AskedTooOften, count_form, find_own_asset, report_fault
from operations.foundation.claims import claim_webhook, store_answer
from operations.foundation.files import FileNotAPicture, FileTooLarge, TooManyFiles, read_picture
from operations.foundation.links import make_request_link
from policies.files import LARGEST_BYTES, FileKind
from policies.phone_numbers import read_written_number
from web.foundation.access import public, takes_up_to
from web.foundation.services import now, services
from web.links.customer_page import MOST_PHOTOS, keep_photos
from web.wording.families import family_names
from web.wording.sentences import in_language, page_language, say

report_form = Blueprint("report_form", __name__, url_prefix="/report")
SOURCE = "web_form"
LONGEST_NOTE = 1000
LONGEST_NAME = 80


@report_form.get("/")
@public(because="a customer in need has no account; what is sent is counted")
def show() -> ResponseReturnValue:
    """The empty form."""
    return _form({}, {})


@report_form.post("/")
@public(because="a customer in need has no account; what is sent is counted")
@takes_up_to(LARGEST_BYTES * 3)
def send() -> ResponseReturnValue:
    """Take the report in once, whatever is pressed twice, and lead to the customer's own page with times to choose."""
    values = {name: request.form.get(name, "").strip() for name in ("name", "phone", "serial", "fault", "note", "key")}
    phone = read_written_number(values["phone"])
    contents = [file.read() for file in request.files.getlist("photos") if file.filename]
    problems = _find_problems(values, phone, contents)
    if problems or phone is None:
        return _form(values, problems), 422
    try:
        with services().database.writing() as session:
            count_form(session, address=request.remote_addr or "unknown", phone=phone, now=now())
    except AskedTooOften:
        return _form(values, {"phone": "report.too_often"}), 429
    link, request_id = _take_in(values, phone)
    if contents and request_id is not None:
        try:
            keep_photos(contents, request_id=request_id, kind=FileKind.FAULT)
        except TooManyFiles:
            return redirect(f"{link}?said=too_many_photos")
    return redirect(f"{link}?said=received")


def _take_in(values: dict[str, str], phone: str) -> tuple[str, int | None]:
    """Return where the customer goes on, and the request that has just been made; none for a form sent twice."""
    house = services().house
    with services().database.writing() as session:
        given = claim_webhook(session, source=SOURCE, key=values["key"], now=now())
        if given:
            return given, None
        own = _report(session, values, phone)
        link = make_request_link(session, request=own, house=house, now=now())
        # Where people are now, whatever name the proxy gave the request.
        path = link.removeprefix(house.public_base_url)
        store_answer(session, source=SOURCE, key=values["key"], answer=path)
        return path, own.id


def _report(session: Session, values: dict[str, str], phone: str) -> ServiceRequest:
    asset = find_own_asset(session, serial=values["serial"], phone=phone)
    fault = session.scalars(select(FaultCategory).where(FaultCategory.code == values["fault"])).one()
    note = values["note"][:LONGEST_NOTE]
    if asset is None:
        note = say("report.unknown_note", who=values["name"], serial=values["serial"] or "–", note=note)
    return report_fault(session, asset=asset, fault=fault, phone=phone, note=note, language=page_language(), now=now())


def _find_problems(values: dict[str, str], phone: str | None, contents: list[bytes]) -> dict[str, str]:
    """Return field → sentence for everything that must be put right first."""
    with services().database.reading() as session:
        is_fault = session.scalar(select(FaultCategory.id).where(FaultCategory.code == values["fault"])) is not None
    checks = {
        "name": ("report.name_missing", 0 < len(values["name"]) <= LONGEST_NAME),
        "phone": ("report.phone_wrong", phone is not None),
        "serial": ("report.serial_wrong", len(values["serial"]) <= 40),  # noqa: PLR2004 (the column's length)
        "fault": ("report.fault_missing", is_fault),
        "note": ("report.note_long", len(values["note"]) <= LONGEST_NOTE),
        "key": ("report.reload", bool(re.fullmatch(r"[0-9a-f-]{36}", values["key"]))),
        "photos": ("report.photos_many", len(contents) <= MOST_PHOTOS),
    }
    problems = {field: sentence for field, (sentence, is_right) in checks.items() if not is_right}
    if "photos" not in problems and (trouble := _photo_trouble(contents)):
        problems["photos"] = trouble
    return problems


def _photo_trouble(contents: list[bytes]) -> str:
    try:
        for content in contents:
            read_picture(content)
    except FileNotAPicture:
        return "report.not_a_picture"
    except FileTooLarge:
        return "report.photo_large"
    return ""


def _form(values: dict[str, str], problems: dict[str, str]) -> str:
    offered = select(FaultCategory).where(FaultCategory.is_active.is_(True))
    with services().database.reading() as session:
        faults = [
            (fault.family, fault.code, in_language(fault, "name"))
            for fault in session.scalars(offered.order_by(FaultCategory.family, FaultCategory.position))
        ]
    return render_template(
        "report.html",
        values=values,
        problems=problems,
        faults=faults,
        families=sorted({family for family, _, _ in faults}),
        family_names=defaultdict(str, family_names()),
        key=values.get("key") or str(uuid.uuid4()),
        hotline=services().house.hotline_number,
        action=url_for("web.report_form.send"),
    )
