"""A secret that is shown this once: the signing secret of a webhook, a key, a link to a new password."""

from collections.abc import Sequence

from flask import Response, make_response, render_template


def show_once(
    secret: str, *, label: str, heading: str = "", lines: Sequence[str], back_to: str, back_name: str
) -> Response:
    """Return the page with the secret, which nobody on the way may keep. `lines` say what it is and what to do."""
    page = render_template(
        "shown_once.html",
        secret=secret,
        label=label,
        heading=heading or label,
        lines=lines,
        back_to=back_to,
        back_name=back_name,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
