"""A call the app made through REST, from the first ring until somebody picks up, refuses or gives up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class OutgoingCall:
    """`status` is Twilio's; `sequence` numbers the progress callbacks from 0."""

    sid: str
    from_number: str
    to_number: str
    started_at: datetime
    url: str = ""
    method: str = "POST"
    inline_twiml: str = ""
    fallback_url: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)
    machine_detection: str = ""
    async_detection_callback: str = ""
    """Where detection tells its result while the document is being played already; empty: before it is asked for."""
    timeout_seconds: int = 60
    status: str = "queued"
    sequence: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def is_ringing(self) -> bool:
        return self.status in {"queued", "ringing"}
