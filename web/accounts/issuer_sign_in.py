"""Signing in by the word of an OpenID Connect issuer, where the house has one (T3, S2).

A link leads there, not a form: a form may only go to ourselves. The secrets of the question wait in the signed cookie,
for one answer.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from operations.clients.issuer_client import (
    IssuerAnswerRefused,
    IssuerDown,
    IssuerIdentity,
    IssuerQuestion,
    SignInIssuer,
)
from operations.people.issuer_sign_in import count_answer, find_named_user, is_code_due
from operations.people.users import TooManyTries
from web.accounts.sign_in import admit
from web.forms.own_pages import own_path
from web.foundation.access import public
from web.foundation.services import now, services
from web.foundation.users import signed_in

issuer_sign_in = Blueprint("issuer_sign_in", __name__, url_prefix="/sign-in/issuer")
log = structlog.get_logger()
QUESTION = "issuer_question"
QUESTION_SECONDS = 600


def issuer_name() -> str:
    """Return what the button says one can sign in with, or "" where the house has no issuer."""
    issuer = services().issuer
    return issuer.name if issuer is not None else ""


@issuer_sign_in.get("")
@public(because="one signs in here")
def leave() -> ResponseReturnValue:
    """Send the browser to the issuer with a question of its own."""
    issuer, path = _issuer(), own_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(path)
    try:
        question = issuer.ask(return_address=_return_address())
    except IssuerDown as down:
        return _say_down(down)
    session[QUESTION] = [question.state, question.nonce, question.verifier, int(now().timestamp()), path]
    return redirect(question.address)


@issuer_sign_in.get("/return")
@public(because="one signs in here; only the answer to this browser's own question lets anybody in")
def come_back() -> ResponseReturnValue:
    """Let in whom the issuer names, if an administrator has written down that address.

    Each answer is counted before it is read. One without a question is not: other sites could bring those in anybody's
    browser, and they open nothing.
    """
    issuer, asked = _issuer(), session.pop(QUESTION, None)
    database, address = services().database, request.remote_addr or "unknown"
    try:
        question, path = _waiting_question(asked)
        with database.writing() as session_of_count:
            count_answer(session_of_count, address=address, now=now())
        identity = _read(issuer, question)
        with database.reading() as session_of_check:
            row = find_named_user(session_of_check, identity=identity)
            user, has_code = signed_in(row), is_code_due(row, identity=identity)
    except IssuerAnswerRefused as refused:
        log.warning("issuer_sign_in_refused", reason=str(refused), address=address)
        return _page("sign_in.issuer_refused", 401)
    except TooManyTries:
        return _page("sign_in.too_many", 429)
    except IssuerDown as down:
        return _say_down(down)
    return admit(user, path, is_code_due=has_code)


def _read(issuer: SignInIssuer, question: IssuerQuestion) -> IssuerIdentity:
    return issuer.read_answer(
        question=question, answer=request.args.to_dict(), return_address=_return_address(), now=now()
    )


def _waiting_question(asked: list[str | int] | None) -> tuple[IssuerQuestion, str]:
    """Return the question this browser was sent away with, and where it wanted to go."""
    if asked is None:
        raise IssuerAnswerRefused("no question")
    state, nonce, verifier, at, path = asked
    if int(now().timestamp()) - int(at) > QUESTION_SECONDS:
        raise IssuerAnswerRefused("too late")
    return IssuerQuestion("", str(state), str(nonce), str(verifier)), str(path)


def _issuer() -> SignInIssuer:
    return services().issuer or abort(404)


def _return_address() -> str:
    return services().house.public_base_url + url_for("web.issuer_sign_in.come_back")


def _say_down(down: IssuerDown) -> ResponseReturnValue:
    log.warning("issuer_down", reason=str(down))
    return _page("sign_in.issuer_down", 503)


def _page(trouble: str, status: int) -> ResponseReturnValue:
    return render_template("sign_in.html", trouble=trouble, name=""), status
