"""One request's page: clocks, visits, messages and the chain of what happened (K1, K3)."""

from flask.testing import FlaskClient

from models import StatusEvent
from tests.town import Town
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
    assert "24 h 0 min left" in page or "23 h 59 min left" in page
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
