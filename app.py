"""The wiring, in one function: settings in, a Flask application out. Nobody imports this but `wsgi.py` and tests."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

from cli.accounting import accounting_commands
from cli.api_keys import api_key_commands
from cli.clocks import clocks_commands
from cli.database import database_commands
from cli.demo import demo_commands
from cli.exports import export_group
from cli.imports import import_group
from cli.live_smoke import make_live_smoke
from cli.organisation import area_commands, catalogue_commands, territory_commands, user_commands
from cli.privacy import privacy_commands
from cli.replay import replay_commands
from config import Settings
from dispatch.area_task import AreaLimits
from integrations.backups.folders import open_backups, open_exports
from integrations.chat_gateway import ChatGateway
from integrations.couriers import open_courier
from integrations.files.folder import open_files
from integrations.hook_poster import WebHookPoster
from integrations.imap_mail import ImapMailbox
from integrations.openid_issuer import OpenIdIssuer
from integrations.roads.address import open_road_times
from integrations.roads.gcj02 import gcj02_of
from integrations.smtp_mail import SmtpMail
from integrations.solving.dask_cluster import DaskCluster
from integrations.solving.local_processes import LocalProcesses
from integrations.solving.replay_player import ReplayPlayer
from integrations.solving.solver import AreaSolver
from integrations.twilio_client import open_client
from integrations.twilio_lines import TwilioLines
from integrations.twilio_providers import open_providers
from integrations.twilio_recordings import TwilioRecordings
from integrations.twilio_records import TwilioRecords
from integrations.twilio_smoke import TwilioSmoke
from ivr.fallback import SPOOL_FILE, open_fallback
from ivr.letters import letters
from ivr.outgoing import outgoing
from ivr.person import person
from ivr.sms import sms
from ivr.visit_call import visit_call
from ivr.voice import voice
from ivr.webhook_names import watch_webhooks
from jobs.clock import clock_command
from logs import follow_requests
from migrations.run import build
from models.database import Database
from models.database_clock import open_clock
from operations.clients.services import Services
from operations.clients.signer import Signer
from operations.foundation.house import House
from operations.foundation.seal import Seal
from policies.message_channels import MessageChannel
from web.api.routes import make_openapi_app, open_api
from web.foundation.map_tiles import MapTiles, as_it_is
from web.foundation.plain_request import PlainRequest
from web.foundation.row_ids import RowIdConverter
from web.pages import open_pages

if TYPE_CHECKING:
    from twilio.rest import Client

    from operations.clients.carrier_records import CarrierRecords
    from operations.clients.recording_store import RecordingStore
    from operations.clients.services import Now, Play, Solve
    from operations.foundation.line_orders import LineControl
    from outbox.sender import Providers

SOLVE_SECONDS = 10.0
CHINESE_TILES = "gcj02+"
"""What stands before the address of tiles drawn as maps of China must be."""


def utc_now() -> dt.datetime:
    """Return the present instant, aware and in UTC."""
    return dt.datetime.now(dt.UTC)


def create_app(
    settings: Settings,
    *,
    now: Now | None = None,
    providers: Providers | None = None,
    solve: Solve | None = None,
    replan: Solve | None = None,
    play: Play | None = None,
    lines: LineControl | None = None,
    recordings: RecordingStore | None = None,
    carrier_records: CarrierRecords | None = None,
) -> Flask:
    """Return the application of one installation, which goes by its database's clock.

    Tests hand in their own clock, carrier and solver.
    """
    app = make_openapi_app("web")
    app.request_class = PlainRequest
    app.url_map.converters["int"] = RowIdConverter
    now = now or open_clock(settings.database_url, local_now=utc_now)
    solver = _solver(settings)
    app.secret_key = settings.secret_key
    app.config["DATA_FOLDER"] = settings.data_folder
    files, spool_file = open_files(settings.files_url), settings.data_folder / "spool" / SPOOL_FILE
    database = Database(settings.database_url)
    app.extensions["onecall"] = Services(
        database=database,
        now=now,
        house=House(settings.twilio_number, settings.public_base_url),
        providers=providers or _providers(settings),
        solve=solve or solver.solve,
        replan=replan or solver.replan,
        play=play or ReplayPlayer(_replay_workers(settings)).play,
        twilio_auth_token=settings.twilio_auth_token,
        signer=Signer(settings.proof_signing_key),
        seal=Seal(settings.secret_key),
        spool_file=spool_file,
        files=files,
        backups=open_backups(settings.database_url, files=files, spool_file=spool_file),
        exports=open_exports(database.engine, build=build, files=files, spool_file=spool_file),
        is_development=settings.is_development,
        lines=lines or _lines(settings),
        recordings=recordings or _recordings(settings),
        roads=open_road_times(settings.road_times_url) if settings.road_times_url else None,
        hook_secret=settings.hook_secret,
        courier=open_courier(settings.courier_url) if settings.courier_url else None,
        mailbox=ImapMailbox(settings.imap_url) if settings.imap_url else None,
        hook_poster=WebHookPoster(settings.hook_networks),
        carrier_records=carrier_records or TwilioRecords(_client(settings)),
        issuer=_issuer(settings),
    )
    # Only development has a telephone to open: where its stand-in for Twilio is.
    telephone_url = settings.twilio_api_base_url if settings.is_development else None
    follow_requests(app)
    open_pages(app, is_development=settings.is_development, telephone_url=telephone_url, map_tiles=_map_tiles(settings))
    open_api(app)
    app.register_blueprint(voice)
    app.register_blueprint(sms)
    app.register_blueprint(letters)
    app.register_blueprint(outgoing)
    app.register_blueprint(person)
    app.register_blueprint(visit_call)
    app.register_blueprint(
        open_fallback(
            public_base_url=settings.public_base_url,
            auth_token=settings.twilio_auth_token,
            spool_folder=settings.data_folder / "spool",
            now=now,
        )
    )
    app.cli.add_command(database_commands)
    app.cli.add_command(clock_command)
    smoke_folder = settings.data_folder / "smoke"
    app.after_request(watch_webhooks(smoke_folder))
    app.cli.add_command(make_live_smoke(_smoke(settings), folder=smoke_folder, stand_in=settings.twilio_api_base_url))
    organisation = (
        api_key_commands,
        area_commands,
        territory_commands,
        user_commands,
        catalogue_commands,
        clocks_commands,
    )
    for group in (
        clocks_commands,
        demo_commands,
        replay_commands,
        privacy_commands,
        import_group,
        export_group,
        accounting_commands,
        *organisation,
    ):
        app.cli.add_command(group)
    return app


def _solver(settings: Settings) -> AreaSolver:
    workers = DaskCluster(settings.planner_cluster) if settings.planner_cluster else LocalProcesses()
    return AreaSolver(workers, limits=AreaLimits(seconds=SOLVE_SECONDS))


def _replay_workers(settings: Settings) -> DaskCluster | LocalProcesses:
    """Half of the cores at most: a live plan comes first."""
    if settings.planner_cluster:
        return DaskCluster(settings.planner_cluster)
    return LocalProcesses(processes=max(1, (os.cpu_count() or 1) // 2))


def _lines(settings: Settings) -> TwilioLines:
    return TwilioLines(_client(settings), public_base_url=settings.public_base_url)


def _recordings(settings: Settings) -> TwilioRecordings:
    return TwilioRecordings(
        _client(settings), public_base_url=settings.public_base_url, api_base_url=settings.twilio_api_base_url
    )


def _issuer(settings: Settings) -> OpenIdIssuer | None:
    """Return who else says who somebody is, where there is one."""
    if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret):
        return None
    return OpenIdIssuer(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name,
    )


def _map_tiles(settings: Settings) -> MapTiles:
    address = settings.map_tiles_url or ""
    place = gcj02_of if address.startswith(CHINESE_TILES) else as_it_is
    return MapTiles(address.removeprefix(CHINESE_TILES), settings.map_tiles_credit or "", place)


def _smoke(settings: Settings) -> TwilioSmoke:
    return TwilioSmoke(
        _client(settings),
        from_number=settings.twilio_number,
        messaging_service_sid=settings.twilio_messaging_service_sid,
        public_base_url=settings.public_base_url,
    )


def _client(settings: Settings) -> Client:
    return open_client(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        api_base_url=settings.twilio_api_base_url,
    )


def _providers(settings: Settings) -> Providers:
    """Return who carries each channel: Twilio texts and calls, and mail and chat where their addresses are set."""
    providers = dict(_twilio(settings))
    if settings.smtp_url:
        domain = urlsplit(settings.public_base_url).hostname or "localhost"
        providers[MessageChannel.EMAIL] = SmtpMail(settings.smtp_url, domain=domain)
    if settings.chat_url and settings.hook_secret:
        providers[MessageChannel.CHAT] = ChatGateway(settings.chat_url, secret=settings.hook_secret)
    return providers


def _twilio(settings: Settings) -> Providers:
    return open_providers(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        from_number=settings.twilio_number,
        messaging_service_sid=settings.twilio_messaging_service_sid,
        api_base_url=settings.twilio_api_base_url,
        public_base_url=settings.public_base_url,
    )
