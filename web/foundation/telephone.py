"""The way to the simulated telephone on the desk, in development only."""

from flask import Blueprint, abort, current_app, redirect
from flask.typing import ResponseReturnValue

from web.foundation.access import public

telephone = Blueprint("telephone", __name__)


@telephone.get("/phone")
@public(because="it is only there in development, and a telephone is open to everybody")
def show() -> ResponseReturnValue:
    """Lead to the telephone; in production there is none."""
    address: str | None = current_app.config["TELEPHONE_URL"]
    return redirect(address or abort(404))
