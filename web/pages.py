"""The pages, put together: what `app.py` calls once."""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from web.accounts.accounts import accounts
from web.accounts.api_keys import api_keys
from web.accounts.forgotten import forgotten, is_mail_sent
from web.accounts.hooks import hooks
from web.accounts.issuer_sign_in import issuer_name, issuer_sign_in
from web.accounts.sign_in import sign_in
from web.api.door import explain_error
from web.board.day import day
from web.board.day_sheets import day_sheets
from web.board.desk import desk
from web.board.moves import moves
from web.board.proposals import proposals
from web.board.radar import radar
from web.board.replays import replays
from web.board.team import team
from web.board.team_records import team_records
from web.department.after_sales import AFTER_SALES
from web.department.campaigns import campaigns
from web.department.care import care
from web.department.parcel_claims import parcel_claims
from web.department.parts import parts
from web.department.privacy import privacy
from web.department.risks import risks
from web.department.service_points import service_points
from web.department.shipments import shipments
from web.department.work import work
from web.department.work_reports import work_reports
from web.department.workshop import workshop
from web.forms.form_fields import check_typed
from web.forms.refused_forms import focus_fault
from web.foundation.access import guard
from web.foundation.map_tiles import MapTiles
from web.foundation.security import limit_requests, protect_form, secure
from web.foundation.static_files import asset, module, modules, serve_modules
from web.foundation.telephone import telephone
from web.foundation.users import remember_users
from web.health import health
from web.hotline.agents import agents
from web.hotline.calls import calls
from web.hotline.customer_calls import customer_calls
from web.hotline.hold_music import hold_music
from web.hotline.messages import messages
from web.hotline.new_request import new_request
from web.hotline.recordings import recordings
from web.layout.errors import error_page, explain_errors
from web.layout.navigation import PAGES_IN_ROW, find_home, list_pages, may_open
from web.links.customer_page import customer_page
from web.links.customer_report import customer_report
from web.links.field_page import field_page
from web.links.handover_page import handover_page
from web.links.own_record import own_record
from web.links.report_form import report_form
from web.links.route_page import route_page
from web.metrics import measure
from web.reports.commitments import commitments
from web.reports.proofs import proofs
from web.reports.reports import reports
from web.requests.clock_events import clock_events
from web.requests.files import files
from web.requests.requests import requests
from web.setup.clock_rules import clock_rules
from web.setup.guides import guides
from web.setup.looks import looks, write_look
from web.setup.outlines import outlines
from web.setup.policy import policy
from web.setup.registers import registers
from web.setup.texts import texts
from web.wording.sentences import page_language, say


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
