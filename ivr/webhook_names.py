"""Let `flask live-smoke` see which fields Twilio's webhooks have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Response, request

from operations.foundation.webhook_names import note_webhook_names

WATCHED = ("/ivr/", "/sms/")


def watch_webhooks(folder: Path) -> Callable[[Response], Response]:
    """Return what Flask calls after each request; names are noted in `folder` while it exists."""

    def watch(response: Response) -> Response:
        if request.path.startswith(WATCHED):
            note_webhook_names(folder, path=request.path, status=response.status_code, names=request.values)
        return response

    return watch
