"""A customer's own request by link, without signing in: who comes when, another time, called off, photos (D12).

The link is the key; there is no cookie, so its forms need no token. Whatever is wrong with a link is said the same way.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.aftercare.customer_page import (
    TooLateToChange,
    find_changeable_visit,
    list_held,
    offer_times,
    take_time,
)
from operations.aftercare.low_answers import find_unexplained
from operations.aftercare.own_requests import Standing, confirm_solved, open_repeat, read_standing, withdraw_request
from operations.aftercare.surveys import find_answer, find_surveyed_visit
from operations.fieldwork.work_reports import find_customers_report
from operations.foundation.files import (
    FileNotAPicture,
    FileTooLarge,
    TooManyFiles,
    count_files,
    keep_file,
    key_of,
    read_picture,
)
from operations.foundation.links import LinkNotValid
from operations.messages.greetings import are_greetings_welcome, is_stopped
from operations.telephone.visit_calls import NobodyToConnect, find_visit_to_call, ring_who_asks
from policies.channels import Channel
from policies.files import LARGEST_BYTES, FileKind
from policies.message_channels import MessageChannel
from policies.request_states import RequestState
from policies.request_status import RequestStatus
from policies.visit_calls import VisitParty
from web.foundation.access import public, takes_up_to, without_form_token
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.links.customer_link import (
    LINK_IS_KEY,
    NO_COOKIE,
    SAID,
    back_to_page,
    carry_out_wish,
    explain_link,
    keep_private,
    open_own_request,
    refuse_wish,
)
from web.wording.sentences import in_language
from web.wording.words import clock_time, day_name

customer_page = Blueprint("customer_page", __name__, url_prefix="/v")
customer_page.register_error_handler(LinkNotValid, explain_link)
customer_page.after_request(keep_private)
MOST_PHOTOS = 6


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """One window that is held for the customer."""

    hold_id: int
    words: str


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """What the customer sees: no address, no number of anybody's, nothing somebody who finds the link could use."""

    number: str
    status: RequestStatus
    product: str
    fault: str
    window: str
    technician: str
    badge: str
    eta: str
    times: list[TimeChoice]
    held_until: str
    can_change: bool
    can_cancel: bool
    can_call: bool
    is_over: bool
    photos: int
    has_report: bool
    may_score: bool
    score: int | None
    may_say_why: bool
    greetings: bool | None


@customer_page.get("/<secret>")
@public(because=LINK_IS_KEY)
def show(secret: str) -> ResponseReturnValue:
    """How the request stands, and what may be done about it."""
    with services().database.reading() as session:
        return _page(session, open_own_request(session, secret), secret, said=request.args.get("said", ""))


@customer_page.post("/<secret>/times")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def times(secret: str) -> ResponseReturnValue:
    """Hold windows for the customer and show them."""

    def offer(session: Session, own: ServiceRequest) -> str:
        return "" if offer_times(session, request=own, now=now()).holds else "no_times"

    return carry_out_wish(secret, offer)


@customer_page.post("/<secret>/take")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def take(secret: str) -> ResponseReturnValue:
    """Promise the window that was chosen."""
    hold_id = request.form.get("hold", 0, type=row_id)

    def book(session: Session, own: ServiceRequest) -> str:
        take_time(session, request=own, hold_id=hold_id, house=services().house, now=now(), source=Channel.WEB)
        return "booked"

    return carry_out_wish(secret, book)


@customer_page.post("/<secret>/call")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def call(secret: str) -> ResponseReturnValue:
    """Ring the customer, and put them through to their technician: the page shows nobody's number."""

    def ring(session: Session, own: ServiceRequest) -> str:
        visit = find_visit_to_call(session, request=own, now=now())
        if visit is None:
            raise NobodyToConnect
        ring_who_asks(session, visit=visit, party=VisitParty.CUSTOMER, now=now())
        return "rings"

    return carry_out_wish(secret, ring)


@customer_page.post("/<secret>/cancel")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def cancel(secret: str) -> ResponseReturnValue:
    """Call the visit off; doing so twice says so and changes nothing."""

    def withdraw(session: Session, own: ServiceRequest) -> str:
        if own.state is RequestState.CLOSED:
            return "already_over"
        if request.form.get("sure") != "yes":
            raise refuse_wish("not_sure")
        if not _can_cancel(session, own):
            raise TooLateToChange
        withdraw_request(session, request=own, house=services().house, now=now(), source=Channel.WEB, actor="customer")
        return "cancelled"

    return carry_out_wish(secret, withdraw)


@customer_page.post("/<secret>/solved")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def solved(secret: str) -> ResponseReturnValue:
    """The customer says whether it was solved (F2); if not, the second repair is open at once (H17)."""

    def say_so(session: Session, own: ServiceRequest) -> str:
        if request.form.get("answer") == "yes":
            confirm_solved(
                session, request=own, house=services().house, now=now(), source=Channel.WEB, actor="customer"
            )
            return "thanks"
        if own.state is not RequestState.CLOSED:
            raise refuse_wish("not_over")
        known = session.query(ServiceRequest).filter_by(repeat_of_id=own.id).first()
        if known is None:
            open_repeat(
                session,
                request=own,
                channel=Channel.WEB,
                language=own.language,
                opened_at=now(),
                now=now(),
                contact_phone=own.contact_phone,
            )
        return "repeat"

    return carry_out_wish(secret, say_so)


@customer_page.post("/<secret>/photos")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
@takes_up_to(LARGEST_BYTES * 2)
def photos(secret: str) -> ResponseReturnValue:
    """Take in photos of the fault or the receipt: looked at with no transaction open, then kept."""
    with services().database.reading() as session:
        own = open_own_request(session, secret)
        request_id, is_over = own.id, own.state is RequestState.CLOSED
    sent = [file for file in request.files.getlist("photos") if file.filename]
    if is_over:
        return back_to_page(secret, "already_over")
    if not sent:
        raise refuse_wish("no_photo")
    if len(sent) > MOST_PHOTOS:
        raise refuse_wish("photos_many")
    kind = FileKind.PROOF if request.form.get("kind") == FileKind.PROOF else FileKind.FAULT
    try:
        keep_photos([file.read() for file in sent], request_id=request_id, kind=kind)
    except FileNotAPicture as none:
        raise refuse_wish("not_a_picture") from none
    except FileTooLarge as large:
        raise refuse_wish("too_large") from large
    except TooManyFiles as many:
        raise refuse_wish("too_many_photos") from many
    return back_to_page(secret, "photos_kept")


def keep_photos(contents: list[bytes], *, request_id: int, kind: FileKind) -> None:
    """Keep a customer's photos, all or none; raises FileNotAPicture, FileTooLarge or TooManyFiles."""
    pictures = [read_picture(content) for content in contents]
    for picture in pictures:
        services().files.write(key_of(picture, request_id=request_id), picture.content)
    with services().database.writing() as session:
        own = session.get_one(ServiceRequest, request_id)
        for picture in pictures:
            keep_file(
                session,
                picture=picture,
                request=own,
                visit=None,
                kind=kind,
                made_by="customer",
                made_at=now(),
                now=now(),
            )


def _page(session: Session, own: ServiceRequest, secret: str, *, said: str) -> ResponseReturnValue:
    return render_template(
        "customer.html",
        page=_build(session, own),
        secret=secret,
        said=said if said in SAID else "",
        hotline=services().house.hotline_number,
    )


def _build(session: Session, own: ServiceRequest) -> CustomerPage:
    standing = read_standing(session, request=own)
    zone = ZoneInfo(own.site.time_zone if own.site else own.area.time_zone if own.area else "UTC")
    held = list_held(session, request=own, now=now())
    visit = standing.visit
    technician = visit.technician if visit is not None else None
    surveyed = find_surveyed_visit(session, request=own, now=now())
    answer = find_answer(session, visit=surveyed) if surveyed is not None else None
    window = _window(visit.window_from_at, visit.window_until_at, zone) if visit is not None else ""
    return CustomerPage(
        number=own.number,
        status=standing.status,
        product=in_language(own.asset.product, "name") if own.asset else "",
        fault=in_language(own.fault_category, "name") if own.fault_category else "",
        window=window,
        technician=in_language(technician, "name") if technician else "",
        badge=technician.number if technician else "",
        eta=clock_time(standing.eta_at, zone) if standing.eta_at else "",
        times=[TimeChoice(hold.id, _window(hold.window_from_at, hold.window_until_at, zone)) for hold in held],
        held_until=clock_time(min(hold.expires_at for hold in held), zone) if held else "",
        can_change=_can_change(session, own, standing),
        can_cancel=_can_cancel(session, own),
        can_call=own.contact_phone is not None and find_visit_to_call(session, request=own, now=now()) is not None,
        is_over=own.state is RequestState.CLOSED,
        photos=count_files(session, request=own),
        has_report=find_customers_report(session, request=own) is not None,
        may_score=surveyed is not None,
        score=answer.score if answer is not None else None,
        may_say_why=answer is not None and find_unexplained(session, answer=answer) is not None,
        greetings=_greetings(session, own),
    )


def _greetings(session: Session, own: ServiceRequest) -> bool | None:
    """Tell whether greetings are welcome at the request's number; None where nobody could be greeted."""
    if own.contact_phone is None or is_stopped(session, channel=MessageChannel.SMS, address=own.contact_phone):
        return None
    return are_greetings_welcome(session, channel=MessageChannel.SMS, address=own.contact_phone)


def _can_change(session: Session, own: ServiceRequest, standing: Standing) -> bool:
    """Looking must write nothing, so a visit that is only about to be drafted counts by what it needs."""
    if own.state is RequestState.CLOSED:
        return False
    if standing.visit is None:
        return own.area_id is not None and own.fault_category_id is not None
    return find_changeable_visit(session, request=own, now=now()) is not None


def _can_cancel(session: Session, own: ServiceRequest) -> bool:
    standing = read_standing(session, request=own)
    return own.state is not RequestState.CLOSED and standing.status not in {
        RequestStatus.ON_THE_WAY,
        RequestStatus.ON_SITE,
    }


def _window(from_at: dt.datetime | None, until_at: dt.datetime | None, zone: ZoneInfo) -> str:
    if from_at is None or until_at is None:
        return ""
    return f"{day_name(from_at.astimezone(zone).date())} {clock_time(from_at, zone)}–{clock_time(until_at, zone)}"
