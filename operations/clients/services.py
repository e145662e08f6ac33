"""What `app.py` wires together and hands to the doors: the database, the clock, and everything with a connection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import dispatch
from dispatch.replay import Figures, Scenario
from models.database import Database
from operations.clients.carrier_records import CarrierRecords
from operations.clients.courier_client import CourierClient
from operations.clients.issuer_client import SignInIssuer
from operations.clients.mailbox import Mailbox
from operations.clients.recording_store import RecordingStore
from operations.clients.road_client import RoadTimesClient
from operations.clients.signer import Signer
from operations.foundation.backups import Backups
from operations.foundation.files import FileStore
from operations.foundation.hook_deliveries import HookPoster
from operations.foundation.house import House
from operations.foundation.line_orders import LineControl
from operations.foundation.seal import Seal
from outbox.sender import Providers

Now = Callable[[], dt.datetime]
Solve = Callable[[dispatch.Problem, dispatch.Plan], dispatch.Plan]
"""Takes a problem and the plan to start from; runs outside the calling thread; returns a checked plan.

`solve` seeks the best plan, `replan` the smallest good change after an event (D6)."""

Play = Callable[[Sequence[Scenario], int, Sequence[int]], list[tuple[Figures, ...]]]
"""Takes scenarios, a seed and the numbers of runs; plays them outside the calling process (D16)."""


@dataclass(frozen=True, slots=True)
class Services:
    """One installation, wired. `now` is asked by doors only; operations are told the time."""

    database: Database
    now: Now
    house: House
    providers: Providers
    solve: Solve
    replan: Solve
    play: Play
    twilio_auth_token: str
    signer: Signer
    seal: Seal
    spool_file: Path
    files: FileStore
    backups: Backups
    exports: Backups
    is_development: bool
    lines: LineControl
    recordings: RecordingStore
    roads: RoadTimesClient | None = None
    hook_secret: str | None = None
    courier: CourierClient | None = None
    mailbox: Mailbox | None = None
    hook_poster: HookPoster | None = None
    carrier_records: CarrierRecords | None = None
    issuer: SignInIssuer | None = None
