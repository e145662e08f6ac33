"""Keys of other systems to the JSON API: what each is good for, when it was used, made and taken back (S2)."""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models import ApiKey
from operations.people.api_keys import ApiKeyNameTaken, list_api_keys, make_api_key, revoke_api_key
from policies.api_scopes import ApiScope
from web.forms.form_fields import fault, read_text, refusing
from web.forms.shown_once import show_once
from web.foundation.access import ADMINISTRATORS, for_roles
from web.foundation.services import now, services
from web.layout.tables import house_zone
from web.wording.sentences import say

api_keys = Blueprint("api_keys", __name__, url_prefix="/api-keys")
LONGEST_NAME = 60
SOURCE = "page"


@api_keys.get("")
@for_roles(ADMINISTRATORS)
def show_all() -> ResponseReturnValue:
    """Every key there is or was, never the key itself, and the form that makes one."""
    with services().database.reading() as session:
        zone = house_zone(session)
        lines = [
            (key, *(_written(at, zone) for at in (key.made_at, key.last_used_at, key.revoked_at)))
            for key in list_api_keys(session)
        ]
        session.expunge_all()
    return render_template("api_keys.html", lines=lines, scopes=list(ApiScope), longest=LONGEST_NAME)


@api_keys.post("")
@for_roles(ADMINISTRATORS)
def add() -> ResponseReturnValue:
    """Make one; it is shown this once."""
    name = read_text("name", longest=LONGEST_NAME, is_required=True)
    chosen = set(request.form.getlist("scopes"))
    if not chosen or not chosen <= set(ApiScope):
        raise fault("scopes", "api_keys.no_scopes")
    with refusing({ApiKeyNameTaken: "api_keys.name_taken"}), services().database.writing() as session:
        scopes = {ApiScope(one) for one in chosen}
        key = make_api_key(session, name=name, scopes=scopes, by=current_user.name, source=SOURCE, now=now())
    return show_once(
        key,
        label=say("api_keys.key"),
        heading=say("api_keys.key_for", system=name),
        lines=[say("api_keys.key_once")],
        back_to=url_for("web.api_keys.show_all"),
        back_name=say("nav.api_keys"),
    )


@api_keys.post("/<int:key_id>/revoke")
@for_roles(ADMINISTRATORS)
def revoke(key_id: int) -> ResponseReturnValue:
    """Take one back, at once and for good."""
    with services().database.writing() as session:
        name = (session.get(ApiKey, key_id) or abort(404)).name
        revoke_api_key(session, name=name, by=current_user.name, source=SOURCE, now=now())
    flash(say("api_keys.was_revoked", system=name), "done")
    return redirect(url_for("web.api_keys.show_all"))


def _written(at: dt.datetime | None, zone: ZoneInfo) -> str:
    # With the year: a key lives for years.
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
