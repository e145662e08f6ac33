"""The stage of the demo day: the app on a fast clock and a database of its own, and an exchange that plays Twilio."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from sqlalchemy import event
from twilio.http.http_client import TwilioHttpClient

import dispatch
from cli.demo_city.loading import load_city
from cli.demo_city.shapes import City
from integrations.files.folder import open_files
from integrations.twilio_client import open_client
from integrations.twilio_lines import TwilioLines
from integrations.twilio_providers import open_providers
from integrations.twilio_recordings import TwilioRecordings
from jobs.clock import run_job
from jobs.table import JOBS
from models.database import Database
from operations.clients.services import Services
from simulator.clock import VirtualClock
from simulator.exchange import Exchange, Hotline
from simulator.in_process import WsgiAdapter, never_answer
from simulator.rest import create_rest_app
from simulator.telephone import Telephone
from simulator.transport import WsgiTransport

ACCOUNT_SID = "AC" + "0" * 32
CARRIER_TIMEOUT_SECONDS = 5
SOLVE_ITERATIONS = 400


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything the play needs: the city, its services, the exchange, the clock they share, and the city's files."""

    city: City
    services: Services
    exchange: Exchange
    hotline: Hotline
    clock: VirtualClock
    folder: Path

    def phone(self, number: str) -> Telephone:
        """Return the telephone with this number."""
        return Telephone(number=number, exchange=self.exchange)

    def let_time_pass(self, until: dt.datetime) -> None:
        """Move the clock on, never back: a call may have lasted longer than planned."""
        self.clock.set(max(until, self.clock.now()))

    def run_clock(self) -> None:
        """Do what the clock process does, and let what it sends arrive."""
        for job in (*JOBS, JOBS[0]):
            run_job(self.services, job)
        self.exchange.callbacks.deliver()


@contextmanager
def open_stage(app: Flask, city: City, *, seed: int, start_at: dt.datetime) -> Iterator[Stage]:
    """Load `city` into a new database and turn `app` to it, on a clock that stands at `start_at`, until the end.

    The installation's own database, files and clock are not touched, and nothing leaves the machine: Twilio is played
    by the exchange, and there is no mailbox, courier, road server, chat or receiver of webhooks.
    """
    own: Services = app.extensions["onecall"]
    with tempfile.TemporaryDirectory(prefix="onecall-day-") as folder:
        database = Database(f"sqlite:///{folder}/day.sqlite3")
        event.listen(database.engine, "connect", _hurry)
        clock = VirtualClock(start_at)
        carrier = TwilioHttpClient(timeout=CARRIER_TIMEOUT_SECONDS)
        services = replace(
            _keep_inside(own, carrier, Path(folder)), database=database, now=clock.now, solve=_solve, replan=_replan
        )
        address = own.house.public_base_url
        exchange = Exchange(
            WsgiTransport(app, address), own.twilio_auth_token, account_sid=ACCOUNT_SID, clock=clock, seed=seed
        )
        stand_in = WsgiAdapter(create_rest_app(exchange, sleep=never_answer))
        carrier.session.mount("https://api.twilio.com", stand_in)
        app.extensions["onecall"] = services
        try:
            _load(services, city, start_at=start_at, folder=Path(folder))
            hotline = exchange.add_hotline(Hotline.at(address, own.house.hotline_number))
            yield Stage(city, services, exchange, hotline, clock, Path(folder))
        finally:
            app.extensions["onecall"] = own
            database.close()


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    # The day's database is thrown away at its end: nothing in it need outlive a power failure.
    connection.execute("PRAGMA synchronous=OFF")


def _load(services: Services, city: City, *, start_at: dt.datetime, folder: Path) -> None:
    services.database.create_all()
    with services.database.writing() as session:
        load_city(session, city, house=services.house, data_folder=folder, now=start_at)


def _keep_inside(own: Services, carrier: TwilioHttpClient, folder: Path) -> Services:
    """Return the services with everything that would reach out of the machine played by the exchange, or absent."""
    address, token = own.house.public_base_url, own.twilio_auth_token
    client = open_client(account_sid=ACCOUNT_SID, auth_token=token, http_client=carrier)
    return replace(
        own,
        providers=open_providers(
            account_sid=ACCOUNT_SID,
            auth_token=token,
            from_number=own.house.hotline_number,
            public_base_url=address,
            http_client=carrier,
        ),
        lines=TwilioLines(client, public_base_url=address),
        recordings=TwilioRecordings(client, public_base_url=address, session=carrier.session),
        files=open_files(f"{(folder / 'files').as_uri()}/"),
        spool_file=folder / "spool.jsonl",
        roads=None,
        courier=None,
        mailbox=None,
        hook_poster=None,
        carrier_records=None,
    )


def _solve(problem: dispatch.Problem, warm_start: dispatch.Plan) -> dispatch.Plan:
    return dispatch.solve(problem, limits=_limits(), warm_start=warm_start)


def _replan(problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
    return dispatch.replan(problem, plan, limits=_limits(), is_mending=True)


def _limits() -> dispatch.Limits:
    # Iterations, not seconds: the same day again on a slower machine.
    return dispatch.Limits(seconds=None, iterations=SOLVE_ITERATIONS)
