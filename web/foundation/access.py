"""Who may see which page (T3, S2): every page names its roles or says why it is public; anything else is refused."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from policies.roles import Role

View = TypeVar("View", bound=Callable[..., Any])

EVERYBODY = frozenset(Role)
"""Whoever may sign in at all: their own account."""

OFFICE = frozenset(
    {
        Role.CLERK,
        Role.DISPATCHER,
        Role.SUPERVISOR,
        Role.EXPERT,
        Role.COMPLAINTS,
        Role.MANAGER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    }
)
"""Everybody who may see the day, its requests and its calls."""

PLANNERS = frozenset({Role.DISPATCHER, Role.MANAGER, Role.ADMINISTRATOR})
"""Those who decide what technicians and customers are told."""

HELPERS = PLANNERS | {Role.CLERK}
"""Those who speak with customers and write down that they have."""

NOTERS = OFFICE - {Role.AUDITOR}
"""Those who may write a note into a request's record: everybody who works on it."""

STORE = OFFICE | {Role.PARTS}
"""Everybody who may see parts, parcels and what is in the workshop."""

STOREKEEPERS = PLANNERS | {Role.PARTS}
"""Those who decide what leaves the store and what is ordered."""

HANDLERS = HELPERS | {Role.PARTS}
"""Those who send and take in what customers and workshop send."""

LEARNERS = OFFICE | {Role.TRAINER, Role.SALESPERSON}
"""Everybody who may read what callers are told."""

WRITERS = frozenset({Role.CLERK, Role.MANAGER, Role.ADMINISTRATOR})
"""Those who write what callers are told."""

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.ADMINISTRATOR})
"""Those who approve what technicians hand in."""

DATA_KEEPERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
"""Those who hand a person a copy of their data, and erase it."""

DECIDERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
"""Those who decide what the house promises."""

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
"""Those who decide who may sign in."""

AUDITORS = frozenset({Role.AUDITOR, Role.MANAGER, Role.ADMINISTRATOR})
"""Those who may see who looked at what."""


class PageWithoutRoles(TypeError):
    """A page says neither which roles it is for nor that it is public."""


def for_roles(roles: frozenset[Role]) -> Callable[[View], View]:
    """Mark a page as meant for these roles."""

    def mark(view: View) -> View:
        view.page_roles = roles  # type: ignore[attr-defined]
        return view

    return mark


def public(*, because: str) -> Callable[[View], View]:
    """Mark a page as open to everybody; the reason is for whoever reads the code."""

    def mark(view: View) -> View:
        view.public_because = because  # type: ignore[attr-defined]
        return view

    return mark


def without_form_token(*, because: str) -> Callable[[View], View]:
    """Mark a page whose right to act is in its address or its header and never in a cookie; the reason is for readers.

    Another site can make a browser send its cookies, but not a secret it does not know.
    """

    def mark(view: View) -> View:
        view.no_token_because = because  # type: ignore[attr-defined]
        return view

    return mark


def takes_up_to(largest_bytes: int) -> Callable[[View], View]:
    """Mark a page that takes more than a form of words does: photos."""

    def mark(view: View) -> View:
        view.largest_bytes = largest_bytes  # type: ignore[attr-defined]
        return view

    return mark


def guard() -> ResponseReturnValue | None:
    """Let a request through to its page, send it to sign in, or refuse it. Runs before every page."""
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "public_because", None):
        return None
    roles: frozenset[Role] | None = getattr(view, "page_roles", None)
    if roles is None:
        raise PageWithoutRoles(request.endpoint)
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if current_user.role not in roles:
        abort(403)
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        # A page that polls after its session ended: the whole window goes to sign in, not a part of it.
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("web.sign_in.show")
        return response
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("web.sign_in.show", next=wanted if wanted != "/" else None))
