"""How OneCall logs: lines a person reads in development, one JSON object a line in production.

Never with the values of local variables: they hold passwords, links and what customers said.
"""

from collections.abc import Callable
from typing import Any

import structlog

_FIRST: list[Callable[..., Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def set_up_logging(*, is_development: bool) -> None:
    """Decide the form of every log line of this process."""
    if is_development:
        last: list[Callable[..., Any]] = [
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        ]
    else:
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(processors=[*_FIRST, *last], cache_logger_on_first_use=False)
