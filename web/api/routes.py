"""The routes of `/api/v1`: each translates, calls the operation a page would call, and gives a document."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, jsonify
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Asset, Customer, CustomerPhone, FaultCategory, Message, ServiceRequest, Technician, Visit
from operations.aftercare.customer_page import (
    AskedTooOften,
    TooLateToChange,
    list_held,
    offer_times,
    report_fault,
    take_time,
)
from operations.aftercare.own_requests import withdraw_request
from operations.dispatching.bookings import PlanRefused, WindowLost
from operations.foundation.claims import claim_webhook, store_answer
from policies.api_scopes import ApiScope
from policies.channels import Channel
from policies.request_states import RequestState
from policies.visit_states import STARTED
from web.api.documents import (
    CodePath,
    CustomerOut,
    CustomerPage,
    CustomerPath,
    CustomerQuery,
    Done,
    MessageOut,
    MessagePage,
    MessageQuery,
    NewBooking,
    NewRequest,
    NumberPath,
    PageQuery,
    Problem,
    RequestOut,
    RequestPage,
    RequestQuery,
    TechnicianOut,
    TechnicianPage,
    VisitOut,
    VisitPage,
    VisitQuery,
    WindowOut,
    WindowsOut,
)
from web.api.door import check_key, explain_error, explain_fields, give, needs, problem, refuse_stale
from web.foundation.security import limit_callers
from web.foundation.services import now, services

SOURCE = "api"
PROBLEMS: dict[Any, Any] = dict.fromkeys((401, 403, 404, 409, 412, 413, 422, 429, 503), Problem)
api = APIBlueprint(
    "api", __name__, url_prefix="/api/v1", abp_security=[{"key": []}], abp_responses=PROBLEMS, doc_ui=True
)

api.before_request(check_key)
api.register_error_handler(Exception, explain_error)


def make_openapi_app(name: str) -> OpenAPI:
    """Return the application that routes of the API are registered on; it serves no document by itself."""
    return OpenAPI(
        name,
        info=Info(title="OneCall", version="1", description="Requests, visits, customers, technicians, messages."),
        security_schemes={"key": {"type": "http", "scheme": "bearer"}},
        validation_error_model=Problem,
        validation_error_callback=explain_fields,
        doc_ui=False,
    )


def open_api(app: OpenAPI) -> None:
    """Attach the API behind its own door, and the document that describes it. The pages are open already."""
    limit_callers(app, api)
    app.register_api(api)
    app.add_url_rule("/api/v1/openapi.json", "api_document", _document)


def _document() -> Response:
    app = current_app
    assert isinstance(app, OpenAPI)  # noqa: S101 - made by make_openapi_app
    return jsonify(app.api_doc)


@api.get("/requests", responses={200: RequestPage})
@needs(ApiScope.REQUESTS_READ)
def list_requests(query: RequestQuery) -> Response:
    """Requests, the oldest first."""
    wanted = select(ServiceRequest)
    if query.state is not None:
        wanted = wanted.where(ServiceRequest.state == query.state)
    with services().database.reading() as session:
        rows, following = _page(session, wanted, ServiceRequest, query)
        return give(RequestPage(items=[RequestOut.of(row) for row in rows], next=following))


@api.get("/requests/<number>", responses={200: RequestOut})
@needs(ApiScope.REQUESTS_READ)
def show_request(path: NumberPath) -> Response:
    """One request."""
    with services().database.reading() as session:
        found = _find_request(session, path.number)
        return give(RequestOut.of(found)) if found else _nothing()


@api.post("/requests", responses={201: RequestOut})
@needs(ApiScope.REQUESTS_WRITE)
def open_request(body: NewRequest) -> Response:
    """Report a fault; windows are held at once. The same `key` again gives the request it made."""
    with services().database.writing() as session:
        given = claim_webhook(session, source=SOURCE, key=body.key, now=now())
        if given:
            known = _find_request(session, given)
            return give(RequestOut.of(known), 201) if known else _nothing()
        asset = session.scalars(select(Asset).where(Asset.serial == body.serial)).one_or_none()
        fault = session.scalars(select(FaultCategory).where(FaultCategory.code == body.fault)).one_or_none()
        if asset is None or fault is None or fault.family != asset.product.family:
            session.rollback()
            return problem(409, "There is no such machine, or no such fault of it")
        made = report_fault(
            session,
            asset=asset,
            fault=fault,
            phone=body.contact_phone,
            # PostgreSQL stores every character but this one.
            note=body.note.replace("\x00", ""),
            language=body.language,
            now=now(),
        )
        store_answer(session, source=SOURCE, key=body.key, answer=made.number)
        session.flush()
        session.refresh(made)
        return give(RequestOut.of(made), 201)


@api.post("/requests/<number>/windows", responses={200: WindowsOut})
@needs(ApiScope.VISITS_WRITE)
def offer_windows(path: NumberPath) -> Response:
    """Hold windows for a request for three minutes, others than those held before."""
    try:
        with services().database.writing() as session:
            found = _find_request(session, path.number)
            if found is None:
                return _nothing()
            offer_times(session, request=found, now=now())
            held = list_held(session, request=found, now=now())
            return give(WindowsOut(items=[WindowOut.of(hold) for hold in held]))
    except TooLateToChange:
        return problem(409, "The visit can no longer be changed, or nothing can be planned yet")
    except AskedTooOften:
        return problem(429, "Windows were asked for too often")


@api.post("/requests/<number>/bookings", responses={201: VisitOut})
@needs(ApiScope.VISITS_WRITE)
def book(path: NumberPath, body: NewBooking) -> Response:
    """Promise one of the windows that are held for the request."""
    try:
        with services().database.writing() as session:
            found = _find_request(session, path.number)
            if found is None:
                return _nothing()
            visit = take_time(
                session, request=found, hold_id=body.hold_id, house=services().house, now=now(), source=Channel.WEB
            )
            session.flush()
            return give(VisitOut.of(visit), 201)
    except (WindowLost, PlanRefused):
        return problem(409, "The window is no longer there; ask for others")


@api.post("/requests/<number>/withdrawal", responses={200: Done})
@needs(ApiScope.REQUESTS_WRITE)
def withdraw(path: NumberPath) -> Response:
    """Call a request off, unless somebody is on the way. With If-Match only in the form that was read."""
    with services().database.writing() as session:
        found = _find_request(session, path.number)
        if found is None:
            return _nothing()
        stale = refuse_stale(RequestOut.of(found))
        if stale is not None:
            return stale
        begun = select(Visit.id).where(Visit.request_id == found.id, Visit.state.in_(STARTED)).limit(1)
        if found.state is RequestState.CLOSED or session.scalar(begun) is not None:
            return problem(409, "The request is over, or somebody is on the way")
        withdraw_request(session, request=found, house=services().house, now=now(), source=SOURCE, actor=SOURCE)
        return give(Done())


@api.get("/visits", responses={200: VisitPage})
@needs(ApiScope.VISITS_READ)
def list_visits(query: VisitQuery) -> Response:
    """Visits, the oldest first."""
    wanted = select(Visit).join(Visit.request)
    if query.request is not None:
        wanted = wanted.where(ServiceRequest.number == query.request)
    if query.state is not None:
        wanted = wanted.where(Visit.state == query.state)
    with services().database.reading() as session:
        rows, following = _page(session, wanted, Visit, query)
        return give(VisitPage(items=[VisitOut.of(row) for row in rows], next=following))


@api.get("/visits/<code>", responses={200: VisitOut})
@needs(ApiScope.VISITS_READ)
def show_visit(path: CodePath) -> Response:
    """One visit."""
    with services().database.reading() as session:
        found = session.scalars(select(Visit).where(Visit.code == path.code)).one_or_none()
        return give(VisitOut.of(found)) if found else _nothing()


@api.get("/customers", responses={200: CustomerPage})
@needs(ApiScope.CUSTOMERS_READ)
def list_customers(query: CustomerQuery) -> Response:
    """Customers with their machines, the oldest file first."""
    wanted = select(Customer)
    if query.phone is not None:
        wanted = wanted.where(Customer.phones.any(CustomerPhone.number == query.phone))
    with services().database.reading() as session:
        rows, following = _page(session, wanted, Customer, query)
        return give(CustomerPage(items=[CustomerOut.of(row) for row in rows], next=following))


@api.get("/customers/<number>", responses={200: CustomerOut})
@needs(ApiScope.CUSTOMERS_READ)
def show_customer(path: CustomerPath) -> Response:
    """One customer."""
    with services().database.reading() as session:
        found = session.scalars(select(Customer).where(Customer.number == path.number)).one_or_none()
        return give(CustomerOut.of(found)) if found else _nothing()


@api.get("/technicians", responses={200: TechnicianPage})
@needs(ApiScope.TECHNICIANS_READ)
def list_technicians(query: PageQuery) -> Response:
    """Technicians with their skills."""
    with services().database.reading() as session:
        rows, following = _page(session, select(Technician), Technician, query)
        return give(TechnicianPage(items=[TechnicianOut.of(row) for row in rows], next=following))


@api.get("/messages", responses={200: MessagePage})
@needs(ApiScope.MESSAGES_READ)
def list_messages(query: MessageQuery) -> Response:
    """Messages and what became of them, the oldest first."""
    wanted = select(Message)
    if query.request is not None:
        of_request = select(ServiceRequest.id).where(ServiceRequest.number == query.request)
        wanted = wanted.where(Message.request_id.in_(of_request))
    with services().database.reading() as session:
        rows, following = _page(session, wanted, Message, query)
        return give(MessagePage(items=[MessageOut.of(row) for row in rows], next=following))


def _page(session: Session, wanted: Select[Any], table: Any, query: PageQuery) -> tuple[Sequence[Any], int | None]:  # noqa: ANN401
    """Return the rows after `query.after` and where the next page begins, None on the last one."""
    rows = session.scalars(wanted.where(table.id > query.after).order_by(table.id).limit(query.limit + 1)).all()
    return rows[: query.limit], rows[query.limit - 1].id if len(rows) > query.limit else None


def _find_request(session: Session, number: str) -> ServiceRequest | None:
    return session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()


def _nothing() -> Response:
    return problem(404, "There is nothing of this name")
