"""Forms as a browser fills them in."""

import re

from flask.testing import FlaskClient

AS_PART = {"HX-Request": "true"}
"""What htmx says of itself: it takes the part of the page that changes."""


def read_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """Return the form token that a page carries."""
    page = client.get(path, follow_redirects=True).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def refused(client: FlaskClient, path: str, **form: str) -> str:
    """Send a form that is not taken and return its page, which says why."""
    answer = client.post(path, data={"csrf_token": read_token(client, "/account"), **form})
    assert answer.status_code == 422, (answer.status_code, answer.text)
    return answer.text
