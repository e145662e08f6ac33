"""What pages behind a customer's link share: the link is the key, a wish is carried out or explained (D12, S2)."""

from collections.abc import Callable

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.aftercare.customer_page import AskedTooOften, TooLateToChange
from operations.dispatching.bookings import PlanRefused, WindowLost
from operations.foundation.links import LinkNotValid, open_link
from operations.telephone.visit_calls import NobodyToConnect
from policies.roles import LinkPurpose
from web.forms.form_fields import FormRefused
from web.foundation.services import now, services
from web.layout.wrong_links import refuse_link
from web.wording.sentences import CHOICE, say, use_language

LINK_IS_KEY = "the link itself is the key: 72 random bits, one request, expires"
NO_COOKIE = "the link in the address is the key, and no cookie"
SAID = frozenset(
    {
        "no_times",
        "booked",
        "already_over",
        "cancelled",
        "thanks",
        "repeat",
        "photos_kept",
        "received",
        "score_kept",
        "score_low",
        "why_kept",
        "greetings_on",
        "greetings_off",
        "rings",
    }
)
"""What the page can say about the last wish; anything else in the address is not said."""

FIELDS = {"not_sure": "sure"} | dict.fromkeys(
    ("no_photo", "not_a_picture", "too_large", "too_many_photos", "photos_many"), "photos"
)
"""Beside which field a refusal stands; any other stands above its form."""


def carry_out_wish(secret: str, act: Callable[[Session, ServiceRequest], str]) -> ResponseReturnValue:
    """Carry one wish out; what cannot be done is said on the page, and nothing is half done. Raises FormRefused."""
    try:
        with services().database.writing() as session:
            said = act(session, open_own_request(session, secret))
    except (WindowLost, PlanRefused) as lost:
        raise refuse_wish("window_lost") from lost
    except NobodyToConnect as nobody:
        raise refuse_wish("cannot_call") from nobody
    except TooLateToChange as late:
        raise refuse_wish("too_late") from late
    except AskedTooOften as often:
        raise refuse_wish("too_often") from often
    return back_to_page(secret, said)


def refuse_wish(why: str) -> FormRefused:
    """Return the refusal of a wish, by the name of its sentence: the page comes back with it, beside its field."""
    sentence, field = say(f"own_said.{why}"), FIELDS.get(why)
    return FormRefused({field: sentence}) if field else FormRefused({}, message=sentence)


def keep_private(response: Response) -> Response:
    """No cache keeps what stands behind a link. Runs after each of these pages."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def back_to_page(secret: str, said: str) -> ResponseReturnValue:
    """Return to the page, which says what became of the wish."""
    return redirect(url_for("web.customer_page.show", secret=secret, said=said or None))


def open_own_request(session: Session, secret: str) -> ServiceRequest:
    """Return the request a link opens, and speak its language; raises LinkNotValid."""
    found = session.get_one(ServiceRequest, open_link(session, secret=secret, purpose=LinkPurpose.REQUEST, now=now()))
    if CHOICE not in request.cookies:
        use_language(found.language)
    return found


def explain_link(_error: LinkNotValid) -> ResponseReturnValue:
    """Count the try and say no more than that the link is not good."""
    return refuse_link()
