"""Signing in and out, and choosing the language of the pages."""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from models import User
from operations.foundation.seal import SealBroken
from operations.people.users import (
    CodeWrong,
    SignInRefused,
    TooManyTries,
    check_code,
    check_sign_in,
    count_code,
    count_sign_in,
    note_failed_sign_in,
    note_sign_in,
    note_sign_out,
    welcome,
)
from policies.languages import Language
from web.forms.own_pages import own_path
from web.foundation.access import EVERYBODY, for_roles, public
from web.foundation.services import now, services
from web.foundation.users import SignedIn, load_user, signed_in
from web.layout.navigation import find_home
from web.wording.sentences import CHOICE

sign_in = Blueprint("sign_in", __name__)
WAITING = "waits_for_code"
WAITING_SECONDS = 300


@sign_in.get("/sign-in")
@public(because="one signs in here")
def show() -> ResponseReturnValue:
    """Ask for name and password."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next")))
    return render_template("sign_in.html", trouble=None, name="")


@sign_in.post("/sign-in")
@public(because="one signs in here")
def enter() -> ResponseReturnValue:
    """Check name and password; both wrong tries and right ones count until a right one."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    address = _address()
    database = services().database
    try:
        with database.writing() as session_of_count:
            count_sign_in(session_of_count, name=name, address=address, now=now())
        with database.reading() as session_of_check:
            user = signed_in(check_sign_in(session_of_check, name=name, password=password))
    except SignInRefused:
        _note_failure(name)
        return render_template("sign_in.html", trouble="sign_in.refused", name=name), 401
    except TooManyTries:
        return render_template("sign_in.html", trouble="sign_in.too_many", name=name), 429
    with database.writing() as session_of_welcome:
        row = session_of_welcome.get_one(User, user.user_id)
        welcome(session_of_welcome, user=row, password=password, address=address)
        user = signed_in(row)  # a renewed hash has another fingerprint
        has_second_factor = row.totp_secret is not None
    return admit(user, own_path(request.form.get("next")), is_code_due=has_second_factor)


@sign_in.get("/sign-in/code")
@public(because="one signs in here")
def ask_code() -> ResponseReturnValue:
    """Ask for the second factor of somebody whose password was right."""
    if _waiting_user() is None:
        return redirect(url_for("web.sign_in.show"))
    return render_template("sign_in_code.html", trouble=None)


@sign_in.post("/sign-in/code")
@public(because="one signs in here")
def enter_code() -> ResponseReturnValue:
    """Check the code of the telephone; each counts once, wrong ones too."""
    user = _waiting_user()
    if user is None:
        return redirect(url_for("web.sign_in.show"))
    database, path = services().database, session[WAITING][2]
    try:
        with database.writing() as session_of_count:
            count_code(session_of_count, user=session_of_count.get_one(User, user.user_id), now=now())
        with database.writing() as session_of_check:
            row = session_of_check.get_one(User, user.user_id)
            code = request.form.get("code", "")
            check_code(session_of_check, user=row, code=code, seal=services().seal, now=now())
    except (CodeWrong, SealBroken):
        _note_failure(user.name)
        return render_template("sign_in_code.html", trouble="account.code_wrong"), 401
    except TooManyTries:
        return render_template("sign_in_code.html", trouble="sign_in.too_many"), 429
    return _let_in(user, path)


def _note_failure(name: str) -> None:
    with services().database.writing() as session_of_record:
        note_failed_sign_in(session_of_record, name=name, address=_address(), now=now())


def _address() -> str:
    return request.remote_addr or "unknown"


def _waiting_user() -> SignedIn | None:
    """Return whose password was right a moment ago, if it still is."""
    cookie_id, at, _path = session.get(WAITING, ("", 0, ""))
    if int(now().timestamp()) - at > WAITING_SECONDS:
        return None
    return load_user(cookie_id)


def admit(user: SignedIn, path: str, *, is_code_due: bool) -> ResponseReturnValue:
    """Lead a user who has proved who they are to `path`, or first to where the second factor is asked for."""
    if not is_code_due:
        return _let_in(user, path)
    _begin_anew()
    session[WAITING] = [user.get_id(), int(now().timestamp()), path]
    return redirect(url_for("web.sign_in.ask_code"))


def _let_in(user: SignedIn, path: str) -> ResponseReturnValue:
    with services().database.writing() as session_of_record:
        note_sign_in(session_of_record, user_id=user.user_id, address=_address(), now=now())
    _begin_anew()
    session.permanent = True
    login_user(user)
    # Who has no business with the day begins elsewhere.
    return redirect(find_home() if path == url_for("web.day.show") else path)


def _begin_anew() -> None:
    """Empty the session but for the language: nothing from before the sign-in lives on in it."""
    chosen = session.get(CHOICE)
    session.clear()
    if chosen:
        session[CHOICE] = chosen


@sign_in.post("/sign-out")
@for_roles(EVERYBODY)
def leave() -> ResponseReturnValue:
    """End the session."""
    with services().database.writing() as session_of_record:
        note_sign_out(session_of_record, user_id=current_user.user_id, address=_address(), now=now())
    logout_user()
    session.clear()
    return redirect(url_for("web.sign_in.show"))


@sign_in.post("/language")
@public(because="the sign-in page can be read in either language")
def choose_language() -> ResponseReturnValue:
    """Show the pages in another language from now on."""
    chosen = request.form.get("language", "")
    if chosen not in set(Language):
        abort(400)
    session[CHOICE] = chosen
    return redirect(own_path(request.form.get("next")))
