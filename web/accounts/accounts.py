"""One's own account, users and their rights, and choosing a password by link (T3, S2)."""

from typing import Any

import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session as cookie, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from models import User
from operations.foundation.links import LinkNotValid, make_password_link, open_link, use_link
from operations.people.users import (
    CodeWrong,
    EmailMalformed,
    EmailTaken,
    LastAdministrator,
    PasswordTooShort,
    SecondFactorThere,
    SignInRefused,
    TooManyTries,
    UserNameTaken,
    begin_second_factor,
    change_role,
    check_sign_in,
    choose_password,
    count_sign_in,
    count_users,
    drop_second_factor,
    invite_user,
    list_users,
    set_email,
    set_second_factor,
    switch_user,
    totp_address,
)
from policies.languages import Language
from policies.roles import LinkPurpose, Role
from web.forms.form_fields import Refusals, fault, read_choice, read_text, refusing
from web.forms.shown_once import show_once
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import ADMINISTRATORS, EVERYBODY, for_roles, public
from web.foundation.paging import address_of, read_page
from web.foundation.services import now, services
from web.foundation.users import signed_in
from web.layout.wrong_links import refuse_link
from web.wording.sentences import say

accounts = Blueprint("accounts", __name__)
PENDING_SECRET = "second_factor"  # noqa: S105 (the name of a place in the cookie)
LONGEST_NAME = 60
PLACE = ("q", "page")
"""Where in the list of users somebody stands: kept by whatever is done on a line."""
REFUSALS: Refusals = {
    UserNameTaken: "users.name_taken",
    LastAdministrator: "users.last_administrator",
    EmailMalformed: "users.email_malformed",
    EmailTaken: "users.email_taken",
}


@accounts.get("/account")
@for_roles(EVERYBODY)
def show() -> ResponseReturnValue:
    """One's own account: password, second factor."""
    with services().database.reading() as session:
        user = session.get_one(User, current_user.user_id)
        has_second = user.totp_secret is not None
        secret = cookie.get(PENDING_SECRET)
        drawing = segno.make(totp_address(user, secret)).svg_data_uri(scale=5) if secret and not has_second else ""
    return render_template("account.html", has_second=has_second, secret=secret, drawing=drawing)


@accounts.post("/account/password")
@for_roles(EVERYBODY)
def change_own_password() -> ResponseReturnValue:
    """A new password, with the old one; this session goes on, every other of theirs ends."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    with refusing({TooManyTries: "sign_in.too_many", PasswordTooShort: "account.too_short"}, back_to=_own_page()):
        with services().database.writing() as session:
            count_sign_in(session, name=current_user.name, address=request.remote_addr or "unknown", now=now())
        with services().database.writing() as session:
            try:
                user = check_sign_in(session, name=current_user.name, password=old)
            except SignInRefused as refused:
                raise fault("old", "account.old_wrong") from refused
            choose_password(session, user=user, password=new, now=now(), actor=user.name)
            session.flush()
            login_user(signed_in(user))
    return _said("account.password_changed")


@accounts.post("/account/second-factor")
@for_roles(EVERYBODY)
def second_factor() -> ResponseReturnValue:
    """First a secret to scan, then a code that proves it was scanned."""
    code = request.form.get("code", "")
    refusals: Refusals = {CodeWrong: "account.code_wrong", SecondFactorThere: "account.second_there"}
    with refusing(refusals, back_to=_own_page()), services().database.writing() as session:
        user = session.get_one(User, current_user.user_id)
        if not code or not cookie.get(PENDING_SECRET):
            cookie[PENDING_SECRET] = begin_second_factor(user)
            return redirect(url_for("web.accounts.show"))
        set_second_factor(session, user=user, secret=cookie[PENDING_SECRET], code=code, seal=services().seal, now=now())
    cookie.pop(PENDING_SECRET, None)
    return _said("account.second_set")


@accounts.get("/users")
@for_roles(ADMINISTRATORS)
def show_all() -> ResponseReturnValue:
    """Who may sign in, page by page, or those whom a search finds."""
    search = request.args.get("q", "").strip()[:LONGEST_NAME]
    with services().database.reading() as session:
        pages = read_page(count_users(session, search=search))
        users = list_users(session, search=search, skip=pages.skipped, limit=pages.size)
        session.expunge_all()
    return render_template(
        "users.html",
        shown=write_shown,
        users=users,
        pages=pages,
        address_of=address_of,
        search=search,
        roles=list(Role),
        languages=list(Language),
    )


@accounts.post("/users")
@for_roles(ADMINISTRATORS)
def add() -> ResponseReturnValue:
    """Invite somebody: they choose their password by the link that is shown once."""
    name, shown = (read_text(field, longest=LONGEST_NAME, is_required=True) for field in ("name", "display_name"))
    role, language = read_choice("role", Role), read_choice("language", Language)
    with refusing(REFUSALS, back_to=url_for("web.accounts.show_all")), services().database.writing() as session:
        user = invite_user(session, name=name, display_name=shown, role=role, language=language)
        set_email(session, user=user, email=request.form.get("email", ""), now=now(), actor=current_user.name)
        link = make_password_link(session, user=user, house=services().house, now=now())
    return _show_link(shown, link)


@accounts.post("/users/<int:user_id>")
@for_roles(ADMINISTRATORS)
def change(user_id: int) -> ResponseReturnValue:
    """Another role, in or out, a link for a new password, or no second factor any more."""
    do = request.form.get("do", "")
    with refusing(REFUSALS, back_to=url_for("web.accounts.show_all")), services().database.writing() as session:
        user = session.get(User, user_id, with_for_update=True) or abort(404)
        if do == "link":
            return _show_link(
                user.display_name, make_password_link(session, user=user, house=services().house, now=now())
            )
        _change(session, user, do)
    flash(say("users.changed"), "done")
    place: dict[str, Any] = {name: request.form[name] for name in PLACE if request.form.get(name)}
    return redirect(url_for("web.accounts.show_all", **place))


@accounts.get("/password/<secret>")
@public(because="the link itself is the key: 72 random bits, one user, a day, once")
def ask_password(secret: str) -> ResponseReturnValue:
    """Ask for a new password; looking uses nothing up."""
    try:
        with services().database.reading() as session:
            open_link(session, secret=secret, purpose=LinkPurpose.PASSWORD, now=now())
    except LinkNotValid:
        return refuse_link()
    return render_template("password.html", secret=secret, trouble=None)


@accounts.post("/password/<secret>")
@public(because="the link itself is the key: 72 random bits, one user, a day, once")
def take_password(secret: str) -> ResponseReturnValue:
    """Take the new password and make the link worthless; what is too short uses nothing up."""
    try:
        with services().database.writing() as session:
            user_id = use_link(session, secret=secret, purpose=LinkPurpose.PASSWORD, now=now())
            user = session.get_one(User, user_id)
            choose_password(session, user=user, password=request.form.get("new", ""), now=now(), actor=user.name)
    except LinkNotValid:
        return refuse_link()
    except PasswordTooShort:
        return render_template("password.html", secret=secret, trouble="account.too_short"), 422
    logout_user()
    cookie.clear()
    flash(say("account.password_changed"), "done")
    return redirect(url_for("web.sign_in.show"))


def _change(session: Session, user: User, do: str) -> None:
    actor = current_user.name
    if do in {"in", "out"}:
        switch_user(session, user=user, is_active=do == "in", now=now(), actor=actor)
    elif do == "email":
        expect_shown({"email": user.email or ""})
        set_email(session, user=user, email=request.form.get("email", ""), now=now(), actor=actor)
    elif do == "no_second_factor":
        drop_second_factor(session, user=user, now=now(), actor=actor)
    elif do == "role":
        expect_shown({"role": str(user.role)})
        change_role(session, user=user, role=read_choice("role", Role), now=now(), actor=actor)
    else:
        abort(400)


def _show_link(name: str, link: str) -> Response:
    return show_once(
        link,
        label=say("users.link"),
        heading=say("users.link_for", person=name),
        lines=[say("users.link_once")],
        back_to=url_for("web.accounts.show_all"),
        back_name=say("nav.users"),
    )


def _own_page() -> str:
    return url_for("web.accounts.show")


def _said(sentence: str) -> ResponseReturnValue:
    flash(say(sentence), "done")
    return redirect(_own_page())
