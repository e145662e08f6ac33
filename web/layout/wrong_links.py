"""A link that is not good: counted against guessing, and answered the same whatever was wrong with it (S2)."""

from flask import request
from flask.typing import ResponseReturnValue

from operations.foundation.guesses import count_guess
from web.foundation.services import now, services
from web.layout.errors import error_page

WRONG_LINKS = 30
WINDOW_MINUTES = 60


def refuse_link() -> ResponseReturnValue:
    """Say that the link is no longer good, or, to whoever has tried too many, to wait."""
    with services().database.writing() as session:
        address = request.remote_addr or "unknown"
        tries = count_guess(session, scope="link", key=address, window_minutes=WINDOW_MINUTES, now=now())
    return error_page(429, "429") if tries > WRONG_LINKS else error_page(410, "link")
