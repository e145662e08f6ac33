"""What pages behind a customer's link share: the link is the key, a wish is carried out or explained (D12, S2)."""

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.aftercare.customer_page import AskedTooOften, TooLateToChange
from operations.dispatching.bookings import PlanRefused, WindowLost
from operations.foundation.links import LinkNotValid, open_link
from operations.telephone.visit_calls import NobodyToConnect
from policies.roles import LinkPurpose
from web.sentences import CHOICE, use_language
from web.services import now, services
from web.wrong_links import refuse_link

LINK_IS_KEY = "the link itself is the key: 72 random bits, one request, expires"
NO_COOKIE = "the link in the address is the key, and no cookie"
SAID = frozenset(
    {
        "no_times",
        "booked",
        "already_over",
        "not_sure",
        "cancelled",
        "thanks",
        "not_over",
        "repeat",
        "no_photo",
        "not_a_picture",
        "too_large",
        "too_many_photos",
        "photos_kept",
        "window_lost",
        "too_late",
        "too_often",
        "received",
        "score_kept",
        "score_low",
        "no_score",
        "greetings_on",
        "greetings_off",
        "rings",
        "cannot_call",
    }
)
"""What the page can say about the last wish; anything else in the address is not said."""


def carry_out_wish(secret: str, act: Callable[[Session, ServiceRequest], str]) -> ResponseReturnValue:
    """Carry one wish out; what cannot be done is said on the page, and nothing is half done."""
    try:
        with services().database.writing() as session:
            said = act(session, open_own_request(session, secret))
    except WindowLost:
        said = "window_lost"
    except PlanRefused:
        said = "window_lost"
    except NobodyToConnect:
        said = "cannot_call"
    except TooLateToChange:
        said = "too_late"
    except AskedTooOften:
        said = "too_often"
    return back_to_page(secret, said)


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
