"""The door of the JSON API: a key with its scopes before anything is read, problems as documents (S2)."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError, TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from models.database import DatabaseUnavailable
from operations.foundation.guesses import count_guess, find_guesses
from operations.people.api_keys import ApiKeyUnknown, find_api_key, is_use_to_note, note_use
from policies.api_scopes import ApiScope
from web.api.documents import Problem
from web.foundation.services import now, services
from web.links.field_forms import list_problems

View = TypeVar("View", bound=Callable[..., Any])
SCOPE = "api_key"
WRONG_KEYS = 30
HOUR_MINUTES = 60
LIMIT_SECONDS = 60
LARGEST_BODY_BYTES = 64 * 1024
log = structlog.get_logger()


class RouteWithoutScope(TypeError):
    """A route of the API does not say which scope it needs."""


def needs(scope: ApiScope) -> Callable[[View], View]:
    """Mark a route as open to keys with this scope."""

    def mark(view: View) -> View:
        view.scope = scope  # type: ignore[attr-defined]
        return view

    return mark


def check_key() -> ResponseReturnValue | None:
    """Let a key with the route's scope through; runs before every route, and before anything sent is looked at."""
    request.max_content_length = LARGEST_BODY_BYTES
    scope: ApiScope | None = getattr(current_app.view_functions[request.endpoint or ""], "scope", None)
    if scope is None:
        raise RouteWithoutScope(request.endpoint)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    address = request.remote_addr or "unknown"
    with services().database.reading() as session:
        if find_guesses(session, scope=SCOPE, key=address, window_minutes=HOUR_MINUTES, now=now()) >= WRONG_KEYS:
            return problem(429, "Too many wrong keys")
        try:
            row = find_api_key(session, key=key.strip() if scheme.lower() == "bearer" else "")
        except ApiKeyUnknown:
            row = None
        found = (row.name, list(row.scopes)) if row is not None else None
        used = row.id if row is not None and is_use_to_note(row, now=now()) else None
    if found is None:
        with services().database.writing() as session:
            count_guess(session, scope=SCOPE, key=address, window_minutes=HOUR_MINUTES, now=now())
        return problem(401, "No valid key", headers={"WWW-Authenticate": "Bearer"})
    if used is not None:
        with services().database.writing() as session:
            note_use(session, key_id=used, now=now())
    g.api_key_name = found[0]
    return None if scope in found[1] else problem(403, "The key is not good for this", detail=f"needs {scope}")


def problem(
    status: int,
    title: str,
    *,
    detail: str = "",
    problems: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return what went wrong as a document (RFC 9457)."""
    document = Problem(title=title, status=status, detail=detail, problems=problems or [])
    response = make_response(document.model_dump_json(), status)
    response.headers["Content-Type"] = "application/problem+json"
    response.headers.update(headers or {})
    return response


def explain_fields(error: ValidationError) -> Response:
    """Say which fields are wrong, and nothing of what was in them."""
    return problem(422, "Something sent is not as it must be", problems=list_problems(error))


def explain_error(error: Exception) -> ResponseReturnValue:
    """Every other trouble as a document too."""
    if isinstance(error, HTTPException):
        headers = {
            405: {"Allow": ", ".join(sorted(getattr(error, "valid_methods", None) or []))},
            429: {"Retry-After": str(LIMIT_SECONDS)},
        }
        return problem(error.code or 500, error.name, headers=headers.get(error.code or 500))
    if isinstance(error, DatabaseUnavailable | OperationalError | PoolExhausted):
        return problem(503, "The database does not answer")
    if current_app.testing:
        raise error
    log.error("API route failed", path=request.path, exc_info=error)
    return problem(500, "Something went wrong on our side")


def give(document: BaseModel, status: int = 200) -> Response:
    """Return a document with its tag; whoever has it already gets 304."""
    body = document.model_dump_json()
    response = make_response(body, status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(tag_of(document))
    if request.method == "GET":
        response.make_conditional(request)
    return response


def tag_of(document: BaseModel) -> str:
    """Return the tag of a document's present form."""
    return hashlib.sha256(document.model_dump_json().encode()).hexdigest()[:24]


def refuse_stale(document: BaseModel) -> Response | None:
    """Return 412 when the caller changes something it has seen in another form (If-Match), else None."""
    wanted = request.if_match
    if not wanted or wanted.star_tag or wanted.contains(tag_of(document)):
        return None
    return problem(412, "It has changed since you read it", detail=document.model_dump_json())
