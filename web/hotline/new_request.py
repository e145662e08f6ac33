"""A new request while somebody is on the telephone: who calls, what is wrong, when we come; by keyboard (H12, H5)."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Asset, Call, FaultCategory, ServiceRequest, SlotHold, Visit
from operations.aftercare.own_requests import read_standing
from operations.dispatching.bookings import PlanRefused, VisitAlreadyPromised, WindowLost
from operations.fieldwork.visits import RequestNotPlannable
from operations.matters.diagnosis import list_desk_choices
from operations.money.entitlement import find_entitlement
from operations.office.desk_requests import (
    LONGEST_NOTE,
    FaultOfAnotherProduct,
    HoldOfAnotherRequest,
    find_asset,
    find_current_offer,
    leave_without_window,
    list_open_requests_of,
    offer_at_desk,
    promise_at_desk,
    report_fault,
    search_assets,
)
from operations.office.request_file import find_request_file
from operations.planning.rows import VisitWithoutSite
from operations.telephone.calls import reach_number
from policies.languages import Language
from policies.offers import HoldState
from policies.phone_numbers import dialable_number
from policies.request_states import RequestState
from policies.request_status import RequestStatus
from policies.visit_states import VisitMoveRefused
from web.forms.form_fields import FormRefused, fault
from web.foundation.access import HELPERS, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.wording.cover_words import say_cover
from web.wording.sentences import in_language, place_name, say
from web.wording.words import Tone, instant, time_left, tone_of, window

new_request = Blueprint("new_request", __name__, url_prefix="/requests")
LONGEST_SEARCH = 80
TOO_LATE = frozenset({RequestStatus.SOLVED, RequestStatus.ENDED, RequestStatus.ON_THE_WAY, RequestStatus.ON_SITE})
"""How a request stands when there is no time to choose any more."""


@dataclass(frozen=True, slots=True)
class AssetLine:
    """One machine a caller may mean, with who would pay for its repair."""

    asset_id: int
    customer: str
    customer_number: str
    product: str
    serial: str
    where: str
    cover: str
    is_free: bool


@dataclass(frozen=True, slots=True)
class WindowLine:
    """One window held for the caller."""

    hold_id: int
    text: str
    is_inside_commitment: bool


@new_request.get("/new")
@for_roles(HELPERS)
def start() -> ResponseReturnValue:
    """Find the machine; a call's number is looked up at once. htmx asks for what was found alone."""
    with services().database.reading() as session:
        call = _call(session)
        search = request.args.get("q", reach_number(call) or "" if call else "")[:LONGEST_SEARCH]
        found = [_asset_line(session, asset) for asset in search_assets(session, text=search)]
        call_id = call.id if call else None
    template = "new_request_found.html" if request.headers.get("HX-Request") else "new_request.html"
    return render_template(template, search=search, found=found, call_id=call_id)


@new_request.get("/new/<int:asset_id>")
@for_roles(HELPERS)
def describe(asset_id: int) -> ResponseReturnValue:
    """What is wrong with it."""
    with services().database.reading() as session:
        return _fault_form(session, asset_id)


@new_request.post("/new/<int:asset_id>")
@for_roles(HELPERS)
def report(asset_id: int) -> ResponseReturnValue:
    """Open the request, hold windows for it, and show them."""
    phone = dialable_number(request.form.get("phone", "").strip())
    language = request.form.get("language", "")
    if request.form.get("phone", "").strip() and phone is None:
        with services().database.reading() as session:
            return _fault_form(session, asset_id, trouble={"phone": say("new_request.phone_wrong")})
    try:
        with services().database.writing() as session:
            asset = find_asset(session, asset_id=asset_id) or abort(404)
            category = session.get(FaultCategory, _id("fault")) or abort(404)
            opened = report_fault(
                session,
                asset=asset,
                fault_category=category,
                contact_phone=phone,
                language=Language(language) if language in set(Language) else asset.customer.language,
                note=request.form.get("note", ""),
                call=_call(session),
                by=current_user.name,
                now=now(),
            )
            number = opened.number
            offer_at_desk(session, request=opened, now=now())
    except FaultOfAnotherProduct:
        abort(400)
    except (RequestNotPlannable, VisitWithoutSite):
        return _without_plan(asset_id)
    return redirect(url_for("web.new_request.windows", number=number))


@new_request.get("/<number>/windows")
@for_roles(HELPERS)
def windows(number: str) -> ResponseReturnValue:
    """The windows held for the caller, as the menu would read them; where none can be chosen, why."""
    with services().database.reading() as session:
        matter = _matter(session, number)
        standing = read_standing(session, request=matter)
        offer = find_current_offer(session, request=matter)
        zone = ZoneInfo(matter.site.time_zone if matter.site else "UTC")
        holds = [hold for hold in (offer.holds if offer else []) if hold.state is HoldState.HELD]
        lines = [_window_line(hold, zone) for hold in holds]
        until = max((hold.expires_at for hold in holds), default=None)
        clock = next((row for row in matter.commitments), None)
        return render_template(
            "new_request_windows.html",
            number=number,
            customer=in_language(matter.customer, "name") if matter.customer else "",
            windows=lines,
            held_until=_at(until, zone) if until else "",
            left=time_left(clock.deadline_at, now()) if clock else "",
            tone=tone_of(clock.deadline_at, now()) if clock else Tone.CALM,
            visit_id=offer.visit_id if offer else None,
            promised=_promised(standing.visit, zone),
            too_late=say(f"no_choice.{standing.status}") if standing.status in TOO_LATE else "",
        )


@new_request.post("/<number>/windows")
@for_roles(HELPERS)
def choose(number: str) -> ResponseReturnValue:
    """Promise the chosen window; or offer others; or leave it to a dispatcher."""
    wired, wanted = services(), request.form.get("do", "promise")
    try:
        with wired.database.writing() as session:
            matter = _matter(session, number)
            if wanted in {"offer", "others"}:
                offer_at_desk(session, request=matter, now=now(), again=wanted == "others")
                return redirect(url_for("web.new_request.windows", number=number))
            if wanted == "none":
                leave_without_window(session, request=matter, now=now())
                is_promised = matter.state is RequestState.BOOKED
                flash(say("new_request.kept" if is_promised else "new_request.left_open"), "done")
                return redirect(url_for("web.requests.show", number=number))
            hold_id = request.form.get("hold", type=row_id)
            if hold_id is None:
                raise fault("hold", "forms.no_choice")
            promise_at_desk(
                session, request=matter, hold_id=hold_id, house=wired.house, by=current_user.name, now=now()
            )
    except (VisitAlreadyPromised, VisitMoveRefused):
        return redirect(url_for("web.new_request.windows", number=number))  # it says what happened meanwhile
    except (WindowLost, PlanRefused):
        with wired.database.writing() as session:
            offer_at_desk(session, request=_matter(session, number), now=now())
        raise fault("hold", "new_request.window_lost") from None
    except HoldOfAnotherRequest:
        abort(400)
    except RequestNotPlannable:
        raise FormRefused({}, message=say("new_request.not_plannable")) from None
    flash(say("new_request.promised"), "done")
    return redirect(url_for("web.requests.show", number=number))


def _fault_form(session: Session, asset_id: int, *, trouble: dict[str, str] | None = None) -> ResponseReturnValue:
    asset = find_asset(session, asset_id=asset_id) or abort(404)
    call = _call(session)
    phones = [phone.number for phone in asset.customer.phones]
    page = render_template(
        "new_request_fault.html",
        line=_asset_line(session, asset),
        faults=[(fault.id, in_language(fault, "name"), str(fault.severity)) for fault in _faults(session, asset)],
        phone=request.form.get("phone") or (reach_number(call) if call else None) or next(iter(phones), ""),
        note=request.form.get("note", ""),
        fault_id=request.form.get("fault", type=row_id) or (call.memory.get("fault_id") if call else None),
        already_open=[one.number for one in list_open_requests_of(session, asset=asset)],
        language=request.form.get("language") or str(call.language if call else asset.customer.language),
        languages=list(Language),
        longest_note=LONGEST_NOTE,
        call_id=call.id if call else None,
        trouble=trouble or {},
    )
    return page, 422 if trouble else 200


def _faults(session: Session, asset: Asset) -> list[FaultCategory]:
    return list(list_desk_choices(session, family=asset.product.family))


def _without_plan(asset_id: int) -> ResponseReturnValue:
    """The machine stands where we do not drive: nothing was written."""
    with services().database.reading() as session:
        return _fault_form(session, asset_id, trouble={"form": say("new_request.out_of_area")})


def _call(session: Session) -> Call | None:
    if not request.values.get("call"):
        return None
    return session.get(Call, request.values.get("call", 0, type=row_id)) or abort(404)


def _matter(session: Session, number: str) -> ServiceRequest:
    file = find_request_file(session, number=number) or abort(404)
    return file.request


def _asset_line(session: Session, asset: Asset) -> AssetLine:
    cover = find_entitlement(session, asset=asset, now=now())
    return AssetLine(
        asset.id,
        in_language(asset.customer, "name"),
        asset.customer.number,
        in_language(asset.product, "name"),
        asset.serial,
        f"{place_name(asset.site)} · {in_language(asset.site, 'address')}",
        say_cover(cover),
        cover.is_free,
    )


def _window_line(hold: SlotHold, zone: ZoneInfo) -> WindowLine:
    today = now().astimezone(zone).date()
    text = window(hold.window_from_at, hold.window_until_at, zone, today=today)
    return WindowLine(hold.id, text, hold.is_inside_commitment)


def _promised(visit: Visit | None, zone: ZoneInfo) -> str:
    """Return the window the customer holds already, which stays theirs until another is promised."""
    if visit is None or visit.window_from_at is None or visit.window_until_at is None:
        return ""
    return window(visit.window_from_at, visit.window_until_at, zone, today=now().astimezone(zone).date())


def _id(name: str) -> int:
    found = request.form.get(name, type=row_id)
    return abort(400) if found is None else found


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
