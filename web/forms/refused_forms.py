"""A form that is refused: its page again, status 422, with what was typed and what is wrong beside each field."""

from collections.abc import Iterator

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

from operations.foundation.links import LinkNotValid
from web.forms.form_fields import FormRefused
from web.forms.form_filling import FormGone, Refusal, explain_without_form, fill_form, focus_first_fault
from web.forms.own_pages import pages_of_form
from web.foundation.access import guard
from web.wording.sentences import say

REFUSED = 422
OK = 200
WHO_LOOKS = {"Accept-Language", "Cookie"}
"""What is true of whoever sends the form, and so of their looking at its page."""


def answer_refused(refused: FormRefused) -> ResponseReturnValue | None:
    """Return the page the form stood on, filled in and explained; None when there is no such page any more."""
    refusal, typed = Refusal(refused.faults, refused.message), _typed()
    first = ""
    for address in dict.fromkeys((*pages_of_form(), refused.back_to, *_above(request.path))):
        page = _show(address)
        if page is None:
            continue
        first = first or page
        try:
            filled = fill_form(page, path=request.path, address=address, typed=typed, refusal=refusal, say=say)
        except FormGone:
            continue
        return filled, REFUSED
    if first and (refused.faults or refused.message):
        return explain_without_form(first, typed=typed, refusal=refusal, say=say), REFUSED
    return None


def focus_fault(response: Response) -> Response:
    """Put the first field that does not fit in focus, on pages that mark their own too. Runs after every page."""
    if response.status_code == REFUSED and response.mimetype == "text/html":
        response.set_data(focus_first_fault(response.get_data(as_text=True)))
    return response


def _typed() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name != "csrf_token"}


def _above(path: str) -> Iterator[str]:
    """A form goes to an address below that of its page, or to the page's own."""
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]


def _show(address: str) -> str | None:
    """Return one of our own pages as a browser gets it now; None where there is none to see."""
    if not address.startswith("/") or address.startswith("//"):
        return None
    kept = [(name, value) for name, value in request.headers if name in WHO_LOOKS]
    with current_app.request_context(EnvironBuilder(address, request.host_url, headers=kept).get_environ()):
        try:
            if not (request.endpoint or "").startswith("web.") or guard() is not None:
                return None
            answer = current_app.make_response(current_app.dispatch_request())
        except (HTTPException, LinkNotValid):
            return None
        is_page = answer.status_code == OK and answer.mimetype == "text/html" and not answer.is_streamed
        return answer.get_data(as_text=True) if is_page else None
