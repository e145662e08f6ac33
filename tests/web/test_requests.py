"""One request's page: clocks, visits, messages and the chain of what happened (K1, K3)."""

import re

from flask.testing import FlaskClient

from models import FaultCategory, ServiceRequest, StatusEvent
from policies.priorities import Severity
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.forms import read_token
from tests.web.offices import call_and_book, publish_day, technician_of


def test_a_request_shows_what_was_promised_and_sent(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    _, code = technician_of(town, request)

    page = dispatcher.get(f"/requests/{request.number}").text

    assert "Wang Xiaoming" in page
    assert "LX-2A345678" in page
    assert code in page
    assert "11-23 08:00–10:00" in page
    assert "On site in 24 h" in page
    assert re.search(r"23 h 5\d min left", page), "24 hours from the call, less the call"
    assert "最晚不超过11月23日(周一)22:40" in page, "the message to the customer"
    assert "window promised" in page
    assert "record whole and unaltered" in page


def test_a_clock_that_was_met_says_so(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, code = technician_of(town, request)

    for report in ("accept", "on the way", "arrived"):
        phone.text(f"{report} {code}", to=town.hotline)

    page = dispatcher.get(f"/requests/{request.number}").text
    assert '<li class="clock kept">' in page
    assert "technician arrived" in page


def test_an_altered_record_is_shown_as_broken(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    with town.services.database.writing() as session:
        event = session.query(StatusEvent).filter_by(kind="window_promised").one()
        event.facts = {**event.facts, "until": "2026-11-24T00:00:00+00:00"}

    page = dispatcher.get(f"/requests/{request.number}").text

    assert "chain is broken" in page


def test_a_number_nobody_was_given_is_not_found(dispatcher: FlaskClient) -> None:
    assert dispatcher.get("/requests/00000000").status_code == 404


def report_major_fault(town: Town) -> ServiceRequest:
    """A caller names a fault that is a major one, and hangs up; nobody on duty has taken it yet."""
    with town.services.database.writing() as session:
        session.query(FaultCategory).filter_by(code="smoke").one().severity = Severity.MAJOR
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "2"):
        call.press(key)
    call.hang_up()
    town.tick()
    with town.services.database.reading() as session:
        request = session.query(ServiceRequest).one()
        session.expunge(request)
    return request


def test_a_recorded_measure_stops_the_four_hour_clock(town: Town, dispatcher: FlaskClient) -> None:
    request = report_major_fault(town)
    page = dispatcher.get(f"/requests/{request.number}").text
    assert "calling the duty ladder" in page
    assert request.number in dispatcher.get("/desk").text

    form = {"measure": "Loaner on its way", "csrf_token": read_token(dispatcher, f"/requests/{request.number}")}
    answer = dispatcher.post(f"/requests/{request.number}/measure", data=form, follow_redirects=True)

    assert "The measure is recorded." in answer.text
    assert "No major fault waits for a measure." in dispatcher.get("/desk").text
    assert "Loaner on its way (dispatcher" in answer.text
    assert "Measure in 4 h</a><b>met</b>" in answer.text


def test_a_measure_without_words_is_refused_and_the_clock_runs_on(town: Town, dispatcher: FlaskClient) -> None:
    request = report_major_fault(town)
    form = {"measure": "  ", "csrf_token": read_token(dispatcher, f"/requests/{request.number}")}

    answer = dispatcher.post(f"/requests/{request.number}/measure", data=form, follow_redirects=True)

    assert "Please say what was done." in answer.text
    assert "calling the duty ladder" in answer.text


def test_a_clerk_sees_a_major_fault_and_cannot_record_its_measure(town: Town, sign_in: SignIn) -> None:
    request = report_major_fault(town)
    clerk = sign_in(Role.CLERK)

    page = clerk.get(f"/requests/{request.number}").text
    form = {"measure": "done", "csrf_token": read_token(clerk, "/")}

    assert "Major fault" in page
    assert "Record the measure" not in page
    assert clerk.post(f"/requests/{request.number}/measure", data=form).status_code == 403


def test_an_ordinary_request_takes_no_measure(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    form = {"measure": "done", "csrf_token": read_token(dispatcher, f"/requests/{request.number}")}

    assert dispatcher.post(f"/requests/{request.number}/measure", data=form).status_code == 404
