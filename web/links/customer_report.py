"""After the visit, by the customer's link: its report, the score, whether greetings are welcome (V4, F2, F3)."""

from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.aftercare.low_answers import note_reason
from operations.aftercare.surveys import find_answer, find_surveyed_visit, note_score
from operations.fieldwork.work_reports import find_customers_report
from operations.foundation.links import LinkNotValid
from operations.messages.greetings import note_greetings_choice
from policies.channels import Channel
from policies.greetings import ConsentWay
from policies.message_channels import MessageChannel
from policies.surveys import LOW_SCORE, read_score
from web.forms.form_fields import read_text
from web.foundation.access import public, without_form_token
from web.foundation.services import now, services
from web.links.customer_link import (
    LINK_IS_KEY,
    NO_COOKIE,
    carry_out_wish,
    explain_link,
    keep_private,
    open_own_request,
    refuse_wish,
)
from web.wording.amounts import amount
from web.wording.sentences import in_language
from web.wording.words import instant

customer_report = Blueprint("customer_report", __name__, url_prefix="/v")
customer_report.register_error_handler(LinkNotValid, explain_link)
customer_report.after_request(keep_private)
CURRENCY = "CNY"
"""What technicians enter amounts in."""
LONGEST_REASON = 400


@customer_report.get("/<secret>/report")
@public(because=LINK_IS_KEY)
def show(secret: str) -> ResponseReturnValue:
    """The report of the last visit, as it was signed: no address, no serial, no number of anybody's."""
    with services().database.reading() as session:
        own = open_own_request(session, secret)
        report = find_customers_report(session, request=own) or abort(404)
        zone = ZoneInfo(own.site.time_zone if own.site else own.area.time_zone if own.area else "UTC")
        today = now().astimezone(zone).date()
        times = [("visit.arrived", report.visit.arrived_at), ("work_report.report_signed", report.signed_at)]
        return render_template(
            "customer_report.html",
            number=own.number,
            secret=secret,
            report=report,
            product=in_language(own.asset.product, "name") if own.asset else "",
            technician=in_language(report.technician, "name"),
            badge=report.technician.number,
            times=[(name, instant(at, zone, today=today)) for name, at in times if at],
            amount=partial(amount, currency=CURRENCY),
            hotline=services().house.hotline_number,
        )


@customer_report.post("/<secret>/score")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def score(secret: str) -> ResponseReturnValue:
    """Keep how satisfied the customer is, 1 to 5; the first answer counts (F2)."""

    def keep(session: Session, own: ServiceRequest) -> str:
        given, visit = read_score(request.form.get("score", "")), find_surveyed_visit(session, request=own, now=now())
        if given is None or visit is None:
            raise refuse_wish("no_score")
        answer = note_score(
            session,
            visit=visit,
            score=given,
            channel=Channel.WEB,
            contact_phone=own.contact_phone,
            house=services().house,
            now=now(),
        )
        return "score_low" if answer.score <= LOW_SCORE else "score_kept"

    return carry_out_wish(secret, keep)


@customer_report.post("/<secret>/why")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def why(secret: str) -> ResponseReturnValue:
    """Keep why the score is low, in the customer's words; what was said first stands (F2)."""

    def keep(session: Session, own: ServiceRequest) -> str:
        words = read_text("why", longest=LONGEST_REASON, is_required=True)
        visit = find_surveyed_visit(session, request=own, now=now())
        answer = find_answer(session, visit=visit) if visit is not None else None
        if answer is None:
            raise refuse_wish("no_score")
        note_reason(session, answer=answer, words=words, now=now())
        return "why_kept"

    return carry_out_wish(secret, keep)


@customer_report.post("/<secret>/greetings")
@public(because=LINK_IS_KEY)
@without_form_token(because=NO_COOKIE)
def greetings(secret: str) -> ResponseReturnValue:
    """Say that greetings are welcome, or are not any more; nothing else about our messages changes."""
    is_welcome = request.form.get("welcome") == "yes"

    def choose(session: Session, own: ServiceRequest) -> str:
        if own.contact_phone is None:
            abort(404)
        note_greetings_choice(
            session,
            channel=MessageChannel.SMS,
            address=own.contact_phone,
            is_welcome=is_welcome,
            way=ConsentWay.PAGE,
            by="customer",
            now=now(),
        )
        return "greetings_on" if is_welcome else "greetings_off"

    return carry_out_wish(secret, choose)
