"""Forms as a browser fills them in."""

import re

from flask.testing import FlaskClient


def read_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """Return the form token that a page carries."""
    page = client.get(path, follow_redirects=True).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]
