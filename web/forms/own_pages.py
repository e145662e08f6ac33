"""Addresses of our own pages that a browser hands us: where somebody wants to go, and which page a form stood on."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request, url_for

from web.forms.form_filling import PAGE_FIELD


def own_path(wanted: str | None) -> str:
    """Return the path somebody wanted to go to, if it is one of ours, else the board: no link leads elsewhere."""
    parts = urlsplit(wanted or "")
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in (wanted or "")
    return wanted if wanted and is_ours and not wanted.startswith("//") else url_for("web.day.show")


def pages_of_form() -> list[str]:
    """Where a form may have stood: what it says of itself, then where the browser says it comes from.

    Neither is to be trusted: a form says what it likes. An address that is not known is empty.
    """
    came_from = request.referrer or ""
    is_ours = came_from.startswith(request.host_url)
    return [request.form.get(PAGE_FIELD, ""), came_from.removeprefix(request.host_url.rstrip("/")) if is_ours else ""]


def page_of_form() -> str:
    """Return the page to lead back to after a form: the one it stood on, or the board."""
    return own_path(next(filter(None, pages_of_form()), None))


def with_query(address: str, **values: str) -> str:
    """Return an address with these values in its query, in place of those it had; an empty one is left out."""
    parts = urlsplit(address)
    kept = {**dict(parse_qsl(parts.query)), **values}
    return parts._replace(query=urlencode({name: value for name, value in kept.items() if value})).geturl()
