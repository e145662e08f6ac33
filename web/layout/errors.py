"""What goes wrong on a page becomes a page or a status, in one place (DESIGN rule 10)."""

import structlog
from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import OperationalError, TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from models.database import DatabaseUnavailable
from operations.foundation.links import LinkNotValid
from web.forms.form_fields import FormRefused
from web.forms.refused_forms import answer_refused
from web.wording.sentences import say

log = structlog.get_logger()
BAD_REQUEST = 400
EXPLAINED = {400, 403, 404, 405, 410, 413, 429, 500, 503}


def explain_errors(pages: Blueprint) -> None:
    """Register the pages for errors of our own pages; the telephone's door has its own answers."""
    pages.register_error_handler(HTTPException, _explain_status)
    pages.register_error_handler(FormRefused, _explain_form)
    pages.register_error_handler(CSRFError, _explain_old_form)
    pages.register_error_handler(LinkNotValid, _explain_link)
    pages.register_error_handler(DatabaseUnavailable, _explain_database)
    pages.register_error_handler(OperationalError, _explain_database)
    pages.register_error_handler(PoolExhausted, _explain_database)
    pages.register_error_handler(Exception, _explain_fault)


def error_page(status: int, name: str) -> ResponseReturnValue:
    """Return a page that says what happened and what to do, in the language of whoever looks."""
    return render_template("error.html", name=name), status


def _explain_status(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status == BAD_REQUEST and request.form and (page := answer_refused(FormRefused({}))):
        return page
    return error_page(status, str(status) if status in EXPLAINED else "400" if status < 500 else "500")  # noqa: PLR2004


def _explain_form(refused: FormRefused) -> ResponseReturnValue:
    return answer_refused(refused) or error_page(422, "400")


def _explain_old_form(_error: CSRFError) -> ResponseReturnValue:
    """Give the form back with what was typed and a new token; never one that another site has sent (S2)."""
    if request.form.get("csrf_token") and _is_from_our_pages():
        generate_csrf()  # before the page is made again: its form and the cookie of this answer hold the same token
        page = answer_refused(FormRefused({}, message=say("forms.old")))
        if page is not None:
            return page
    return error_page(400, "old_form")


def _is_from_our_pages() -> bool:
    origin = request.headers.get("Origin")
    return f"{origin}/" == request.host_url if origin else (request.referrer or "").startswith(request.host_url)


def _explain_link(_error: LinkNotValid) -> ResponseReturnValue:
    return error_page(410, "link")


def _explain_database(error: Exception) -> ResponseReturnValue:
    log.error("database not available", path=request.path, error=str(error))
    return error_page(503, "503")


def _explain_fault(error: Exception) -> ResponseReturnValue:
    if current_app.testing:
        raise error
    log.error("page failed", path=request.path, exc_info=error)
    return error_page(500, "500")
