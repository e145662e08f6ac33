"""What comes of a form that moves a visit: to htmx the part of its page, to a browser that sent it alone the page."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from web.forms.own_pages import page_of_form, with_query

ASKED = ("visit", "shift", "at", "lock")
"""The fields of a wish: where a page's address has them, the planner's verdict stands on that page."""


def is_part_wanted() -> bool:
    """Tell whether htmx asks, which takes a part of a page."""
    return bool(request.headers.get("HX-Request"))


def answer_outcome(*, done: str = "", trouble: str = "") -> ResponseReturnValue:
    """Say what was done, or why it was not, on the page the form stood on, where nothing is asked any more."""
    if is_part_wanted():
        return render_template("move.html", done=done, trouble=trouble)
    flash(done or trouble, "done" if done else "trouble")
    return redirect(with_query(page_of_form(), **dict.fromkeys(ASKED, "")))
