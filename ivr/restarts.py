"""A database that restarts under a webhook is asked again: the caller hears a pause, not an apology (rule 11)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError

from models.database import DatabaseReadOnly
from operations.clients.services import Services

PATIENCE_SECONDS = 2.0
"""Longer than a restart; with it an answer still comes within the three seconds a caller is kept waiting at most."""
log = structlog.get_logger()
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def through_restarts(answer: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Answer a webhook once more when the database failed under it, or became a standby, and is back in time.

    What was done is undone; and where the commit went through after all, the webhook's claim gives the same answer.
    """

    @wraps(answer)
    def answer_again(*args: Asked.args, **named: Asked.kwargs) -> Answer:
        try:
            return answer(*args, **named)
        except (OperationalError, DatabaseReadOnly) as error:
            services: Services = current_app.extensions["onecall"]
            if not services.database.comes_back(within_seconds=PATIENCE_SECONDS):
                raise
            log.warning("the database failed and is back", error=type(error.__cause__ or error).__name__)
        return answer(*args, **named)

    return answer_again
