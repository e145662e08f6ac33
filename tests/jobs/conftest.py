from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import dispatch
from dispatch.replay import Figures, ReplayTask, Scenario, play_task
from integrations.backups.folders import open_backups, open_exports
from integrations.files.folder import FolderFiles
from migrations.run import build
from models.database import Database
from operations.clients.road_client import RoadTimesClient
from operations.clients.services import Play, Services
from operations.clients.signer import Signer
from operations.foundation.seal import Seal
from policies.message_channels import MessageChannel
from tests.factories.carriers import FakeCarrier, NoLines, NoRecordings
from tests.factories.city import HOUSE, City, make_city
from tests.factories.instants import NIGHT
from tests.prepared import prepare


def mend(problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
    return dispatch.replan(problem, plan, limits=dispatch.Limits(seconds=None, iterations=30), is_mending=True)


def play_here(scenarios: Sequence[Scenario], seed: int, runs: Sequence[int]) -> list[tuple[Figures, ...]]:
    return [play_task(ReplayTask(tuple(scenarios), seed, run)) for run in runs]


@dataclass
class Desk:
    """What a clock process is given, with a clock, a carrier and a solver that do what a test tells them to."""

    database: Database
    folder: Path
    now: dt.datetime = NIGHT
    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    solve: Callable[[dispatch.Problem, dispatch.Plan], dispatch.Plan] = lambda _problem, plan: plan
    replan: Callable[[dispatch.Problem, dispatch.Plan], dispatch.Plan] = mend
    play: Play = play_here
    solves: int = 0
    roads: RoadTimesClient | None = None

    @property
    def services(self) -> Services:
        return Services(
            database=self.database,
            now=lambda: self.now,
            house=HOUSE,
            providers={MessageChannel.SMS: self.carrier, MessageChannel.VOICE: self.carrier},
            solve=self._solve,
            replan=self.replan,
            play=self.play,
            twilio_auth_token="token",
            signer=Signer(bytes(32)),
            seal=Seal("x" * 32),
            is_development=True,
            lines=NoLines(),
            recordings=NoRecordings(),
            spool_file=self.folder / "spool.jsonl",
            files=(files := FolderFiles(self.folder / "files")),
            backups=open_backups(
                str(self.database.engine.url), files=files, spool_file=(spool := self.folder / "spool.jsonl")
            ),
            exports=open_exports(self.database.engine, build=build, files=files, spool_file=spool),
            roads=self.roads,
        )

    def _solve(self, problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        self.solves += 1
        return self.solve(problem, plan)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


@pytest.fixture
def city(database: Database) -> City:
    return prepare(database, make_city, customers=6, days=1)
