"""The pages, put together: what `app.py` calls once."""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from web.access import guard
from web.accounts import accounts
from web.after_sales import AFTER_SALES
from web.agents import agents
from web.api.door import explain_error
from web.api_keys import api_keys
from web.calls import calls
from web.campaigns import campaigns
from web.care import care
from web.clock_events import clock_events
from web.clock_rules import clock_rules
from web.commitments import commitments
from web.customer_calls import customer_calls
from web.customer_page import customer_page
from web.customer_report import customer_report
from web.day import day
from web.day_sheets import day_sheets
from web.desk import desk
from web.errors import error_page, explain_errors
from web.field_page import field_page
from web.files import files
from web.forgotten import forgotten, is_mail_sent
from web.form_fields import check_typed
from web.guides import guides
from web.handover_page import handover_page
from web.health import health
from web.hold_music import hold_music
from web.hooks import hooks
from web.issuer_sign_in import issuer_name, issuer_sign_in
from web.looks import looks, write_look
from web.map_tiles import MapTiles
from web.messages import messages
from web.metrics import measure
from web.moves import moves
from web.navigation import PAGES_IN_ROW, find_home, list_pages, may_open
from web.new_request import new_request
from web.outlines import outlines
from web.own_record import own_record
from web.parcel_claims import parcel_claims
from web.parts import parts
from web.policy import policy
from web.privacy import privacy
from web.proofs import proofs
from web.proposals import proposals
from web.radar import radar
from web.recordings import recordings
from web.refused_forms import focus_fault
from web.registers import registers
from web.replays import replays
from web.report_form import report_form
from web.reports import reports
from web.requests import requests
from web.risks import risks
from web.route_page import route_page
from web.security import limit_requests, protect_form, secure
from web.sentences import page_language, say
from web.service_points import service_points
from web.shipments import shipments
from web.sign_in import sign_in
from web.static_files import asset, module, modules, serve_modules
from web.team import team
from web.team_records import team_records
from web.telephone import telephone
from web.texts import texts
from web.users import remember_users
from web.work import work
from web.work_reports import work_reports
from web.workshop import workshop


def open_pages(
    app: Flask, *, is_development: bool, telephone_url: str | None = None, map_tiles: MapTiles | None = None
) -> None:
    """Attach every page to the application, behind the guard that asks for roles and form tokens.

    `telephone_url` is where the simulated telephone stands, in development.
    """
    secure(app, is_development=is_development)
    remember_users(app)
    measure(app)
    app.jinja_env.globals.update(
        say=say,
        asset=asset,
        module=module,
        modules=modules,
        list_pages=list_pages,
        pages_in_row=PAGES_IN_ROW,
        may_open=may_open,
        find_home=find_home,
        page_language=page_language,
        is_mail_sent=is_mail_sent,
        issuer_name=issuer_name,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["TELEPHONE_URL"] = telephone_url
    app.extensions["map_tiles"] = map_tiles or MapTiles()
    serve_modules(app)
    pages = _all_pages()
    limit_requests(app, pages, except_for=health)
    app.register_blueprint(pages)
    app.register_error_handler(404, _no_such_page)
    app.register_error_handler(405, _no_such_page)


def _no_such_page(error: HTTPException) -> ResponseReturnValue:
    """Say it in words to people and as a document to other systems, whose addresses begin with /api/."""
    if request.path.startswith("/api/"):
        return explain_error(error)
    return error_page(error.code or 404, str(error.code or 404))


def _all_pages() -> Blueprint:
    pages = Blueprint("web", __name__)
    pages.before_request(guard)
    pages.before_request(protect_form)
    pages.before_request(check_typed)
    pages.after_request(write_look)
    pages.after_request(focus_fault)
    explain_errors(pages)
    blueprints = (
        day,
        day_sheets,
        privacy,
        calls,
        team,
        team_records,
        own_record,
        desk,
        guides,
        messages,
        customer_calls,
        moves,
        new_request,
        service_points,
        handover_page,
        parcel_claims,
        parts,
        workshop,
        care,
        campaigns,
        risks,
        shipments,
        radar,
        replays,
        recordings,
        proofs,
        reports,
        clock_events,
        clock_rules,
        commitments,
        requests,
        *AFTER_SALES,
        proposals,
        route_page,
        field_page,
        accounts,
        forgotten,
        files,
        looks,
        outlines,
        registers,
        policy,
        texts,
        hooks,
        api_keys,
        work,
        work_reports,
        customer_page,
        customer_report,
        report_form,
        sign_in,
        issuer_sign_in,
        telephone,
        agents,
        hold_music,
        health,
    )
    for blueprint in blueprints:
        pages.register_blueprint(blueprint)
    return pages
