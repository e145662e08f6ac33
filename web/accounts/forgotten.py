"""A forgotten password: asked for by e-mail, and the same answer whether or not somebody has that address (S2)."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from operations.people.password_mails import ask_for_password, count_asking
from operations.people.users import TooManyTries
from policies.message_channels import MessageChannel
from web.foundation.access import public
from web.foundation.services import now, services

forgotten = Blueprint("forgotten", __name__, url_prefix="/forgotten")


def is_mail_sent() -> bool:
    """Tell whether this house sends e-mail at all."""
    return MessageChannel.EMAIL in services().providers


@forgotten.get("")
@public(because="whoever has forgotten the password cannot sign in")
def show() -> ResponseReturnValue:
    """Ask for the e-mail address."""
    if not is_mail_sent():
        abort(404)
    return render_template("forgotten.html", is_asked=False, trouble=None)


@forgotten.post("")
@public(because="whoever has forgotten the password cannot sign in")
def ask() -> ResponseReturnValue:
    """Take the wish; who asks too often is told so, whatever address they type."""
    if not is_mail_sent():
        abort(404)
    try:
        with services().database.writing() as session:
            count_asking(session, address=request.remote_addr or "unknown", now=now())
    except TooManyTries:
        return render_template("forgotten.html", is_asked=False, trouble="sign_in.too_many"), 429
    with services().database.writing() as session:
        ask_for_password(session, email=request.form.get("email", ""), now=now())
    return render_template("forgotten.html", is_asked=True, trouble=None)
