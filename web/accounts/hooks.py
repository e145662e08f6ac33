"""Other systems that are told of events: added, tested, switched off and on, and what came of each delivery (H16)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import EventHook, HookDelivery
from operations.foundation.hook_deliveries import HookAddressRefused
from operations.versions.event_hooks import (
    NoKinds,
    add_hook,
    list_deliveries,
    list_hooks,
    send_again,
    send_test,
    switch_hook,
)
from policies.event_hooks import KINDS, LONGEST_ADDRESS
from web.forms.shown_once import show_once
from web.foundation.access import ADMINISTRATORS, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.layout.tables import house_zone, local
from web.wording.sentences import say

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
SHOWN = 100


@hooks.get("")
@for_roles(ADMINISTRATORS)
def show_all() -> ResponseReturnValue:
    """Every system that is told of events, and the form that adds one."""
    return _page({})


@hooks.post("")
@for_roles(ADMINISTRATORS)
def add() -> ResponseReturnValue:
    """Add one; its secret is shown this once. What does not fit is said beside its field."""
    address, kinds = request.form.get("address", "").strip(), request.form.getlist("kinds")
    flaws = {}
    if len(address) > LONGEST_ADDRESS:
        flaws["address"] = say("hook_refused.no_address")
    else:
        try:
            _check(address)
        except HookAddressRefused as refused:
            flaws["address"] = say(f"hook_refused.{refused}")
    if not kinds or not set(kinds) <= set(KINDS):
        flaws["kinds"] = say("hooks.no_kinds")
    if flaws:
        return _page(flaws), 422
    try:
        with services().database.writing() as session:
            hook, secret = add_hook(
                session, address=address, kinds=kinds, seal=services().seal, by=current_user.name, now=now()
            )
            hook_id = hook.id
    except NoKinds:
        abort(400)
    return show_once(
        secret,
        label=say("hooks.secret"),
        lines=[address, say("hooks.secret_once")],
        back_to=url_for("web.hooks.show", hook_id=hook_id),
        back_name=say("nav.hooks"),
    )


@hooks.get("/<int:hook_id>")
@for_roles(ADMINISTRATORS)
def show(hook_id: int) -> ResponseReturnValue:
    """One of them: what it is told of, and its last deliveries."""
    with services().database.reading() as session:
        hook, zone = _hook(session, hook_id), house_zone(session)
        lines = [
            (local(one.created_at, zone), local(one.decided_at, zone), one)
            for one in list_deliveries(session, hook_id=hook_id, limit=SHOWN)
        ]
        made_at = local(hook.made_at, zone)
        session.expunge_all()
    return render_template("hook.html", hook=hook, made_at=made_at, lines=lines)


@hooks.post("/<int:hook_id>")
@for_roles(ADMINISTRATORS)
def change(hook_id: int) -> ResponseReturnValue:
    """Send a test, switch it off or on, or send again what was given up."""
    do = request.form.get("do", "")
    with services().database.writing() as session:
        hook = _hook(session, hook_id)
        if do == "test":
            send_test(session, hook=hook, now=now())
        elif do in {"on", "off"}:
            switch_hook(session, hook=hook, is_on=do == "on", by=current_user.name, now=now())
        elif do == "again":
            delivery = session.get(HookDelivery, request.form.get("delivery", 0, type=row_id))
            if delivery is None or delivery.hook_id != hook.id:
                abort(404)
            send_again(session, delivery=delivery, now=now())
        else:
            abort(400)
    flash(say("hooks.test_sent" if do == "test" else "tables.done"), "done")
    return redirect(url_for("web.hooks.show", hook_id=hook_id))


def _check(address: str) -> None:
    poster = services().hook_poster
    if poster is None:
        abort(503)
    poster.check(address)


def _hook(session: Session, hook_id: int) -> EventHook:
    return session.get(EventHook, hook_id) or abort(404)


def _page(flaws: dict[str, str]) -> str:
    with services().database.reading() as session:
        lines = list_hooks(session)
        session.expunge_all()
    return render_template(
        "hooks.html",
        hooks=lines,
        kinds=KINDS,
        chosen=request.form.getlist("kinds"),
        address=request.form.get("address", ""),
        longest=LONGEST_ADDRESS,
        flaws=flaws,
    )
