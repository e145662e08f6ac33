"""One request's page: clocks, visits, messages and the chain of what happened (K1, K3)."""

import re

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models import FaultCategory, ServiceRequest, Shift, StatusEvent
from policies.languages import Language
from policies.priorities import Severity
from policies.roles import Role
from tests.factories.team import make_absence
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
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


def act(client: FlaskClient, request: ServiceRequest, what: str, **fields: str) -> TestResponse:
    token = read_token(client, "/account")
    path = f"/requests/{request.number}/{what}"
    return client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True)


def mark_on(page: str) -> str:
    return re.findall(r'name="seen" value="([^"]*)"', page)[0]


def test_the_page_leads_to_the_customer_the_machine_and_the_money_and_says_who_pays(
    town: Town, dispatcher: FlaskClient
) -> None:
    request = call_and_book(town)
    second = call_and_book(town)

    page = dispatcher.get(f"/requests/{request.number}").text

    for address in (
        "/customers/C1",
        "/customers/assets/LX-2A345678",
        f"/requests/{request.number}/money",
        f"/requests/{second.number}",
        "/calls/1",
    ):
        assert f'href="{address}"' in page, address
    assert re.search(r"<dt>Cover</dt><dd><a [^>]+>(Free|Charged|\d+ %)", page)
    assert re.search(r'href="/\?area=[\w-]+&amp;on=2026-11-23#v\d+"', page), "where it stands on the board"


def test_a_visit_is_moved_to_another_time_from_the_page_and_the_old_one_stands_until_then(
    town: Town, sign_in: SignIn
) -> None:
    request, clerk = call_and_book(town), sign_in(Role.CLERK)
    assert "Another window" in clerk.get(f"/requests/{request.number}").text

    choice = act(clerk, request, "windows", do="offer").text
    assert "Promised now: 11-23 08:00–10:00" in choice
    kept = act(clerk, request, "windows", do="none").text
    assert "The promised time stands." in kept
    assert "No window" not in kept
    holds = re.findall(r'name="hold" value="(\d+)"', act(clerk, request, "windows", do="offer").text)
    moved = act(clerk, request, "windows", do="promise", hold=holds[0]).text

    assert "first promised 11-23 08:00–10:00" in moved or "08:00–10:00</small>" in moved
    assert "window moved" in moved


def test_a_request_is_called_off_with_a_reason_and_says_so_wherever_a_time_is_asked_for(
    town: Town, sign_in: SignIn
) -> None:
    request, clerk = call_and_book(town), sign_in(Role.CLERK)
    page = clerk.get(f"/requests/{request.number}").text
    seen = mark_on(page)
    assert "is called off: its place is free at once" in page

    closed = act(clerk, request, "close", reason="withdrawn", words="sold it", seen=seen).text
    again = act(clerk, request, "close", reason="solved", words="客户已卖掉", seen=seen)
    windows = clerk.get(f"/requests/{request.number}/windows").text
    late = act(clerk, request, "windows", do="promise", hold="1").text

    assert "The request is closed." in closed
    assert "sold it" in closed
    assert "New request for this machine" in closed
    assert again.status_code == 422
    assert "The request has moved on meanwhile" in again.text
    assert "<blockquote>客户已卖掉</blockquote>" in again.text, "what was typed is not lost"
    assert "This request has ended" in windows
    assert "Nobody can come" not in windows
    assert "This request has ended" in late or "Traceback" not in late


def test_whoever_closes_what_has_changed_meanwhile_is_told_in_the_form_and_closes_it_with_one_more_press(
    town: Town, sign_in: SignIn
) -> None:
    request, clerk = call_and_book(town), sign_in(Role.CLERK, language=Language.ZH)
    typed = {"reason": "withdrawn", "words": "客户已卖掉"}
    seen = mark_on(clerk.get(f"/requests/{request.number}").text)
    holds = re.findall(r'name="hold" value="(\d+)"', act(clerk, request, "windows", do="offer").text)
    act(clerk, request, "windows", do="promise", hold=holds[0])

    late = act(clerk, request, "close", **typed, seen=seen)
    form = BeautifulSoup(late.text, "html.parser").select_one(f"form[action='/requests/{request.number}/close']")
    assert form is not None
    said = form.find(role="alert")
    again = act(clerk, request, "close", **typed, seen=mark_on(late.text))

    assert late.status_code == 422
    assert said is not None
    assert said.get_text().startswith("报修单刚刚有变化")
    assert form.select_one("[name=reason][value=withdrawn][checked]")
    assert form.select_one("[name=words][value=客户已卖掉]")
    assert form.find_parent("details", open=True)
    assert (again.status_code, "客户已卖掉" in again.text) == (200, True)


def test_what_was_called_solved_is_repeated_from_its_page(town: Town, sign_in: SignIn) -> None:
    request, clerk = call_and_book(town), sign_in(Role.CLERK)
    seen = mark_on(clerk.get(f"/requests/{request.number}").text)
    act(clerk, request, "close", reason="solved_by_phone", seen=seen)

    second = act(clerk, request, "repeat").text

    assert "The second repair is open" in second
    assert "Choose a time" in second
    assert f'<dt>repeat of</dt><dd><a href="/requests/{request.number}">' in second
    assert "Second repair</dt>" in clerk.get(f"/requests/{request.number}").text


def test_a_note_is_written_with_who_and_when_and_an_empty_one_is_refused_beside_its_field(
    town: Town, sign_in: SignIn
) -> None:
    request, expert = call_and_book(town), sign_in(Role.EXPERT)

    written = act(expert, request, "note", note="gate code 17", for_technician="yes").text
    empty = act(expert, request, "note", note="  ")

    assert re.search(r"note written</b> <small>[^<]*expert", written, re.IGNORECASE)
    assert written.count("gate code 17") == 2, "in the record, and where the technician reads it"
    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)


def test_a_dispatcher_pins_a_visit_and_asks_about_somebody_else_from_the_page(
    town: Town, dispatcher: FlaskClient
) -> None:
    request = call_and_book(town)
    page = dispatcher.get(f"/requests/{request.number}").text
    _, code = technician_of(town, request)
    wish = {
        name: re.findall(rf'name="{name}" value="([^"]+)"', page)[-1 if name == "visit" else 0]
        for name in ("visit", "at")
    }
    shift = re.findall(r'<select name="shift"><option value="(\d+)"', page)[0]

    pinned = act(dispatcher, request, "pin", visit=code, lock="both").text
    verdict = dispatcher.post(
        "/moves/ask",
        data={"csrf_token": read_token(dispatcher, "/account"), "shift": shift, "lock": "", **wish},
        headers={"Referer": f"{ADDRESS}/requests/{request.number}"},
        follow_redirects=True,
    ).text

    assert '<option value="both" selected>' in pinned
    assert "pin technician and time" in pinned
    assert 'id="verdict"' in verdict, "where htmx has not come: on the page itself"
    assert f"/requests/{request.number}/note" in verdict
    with town.services.database.writing() as session:
        asked = session.get_one(Shift, int(shift))
        make_absence(session, asked.technician, asked.starts_at, asked.ends_at)
    assert f'<option value="{shift}">' not in dispatcher.get(f"/requests/{request.number}").text, "who is away"


def test_each_role_is_offered_what_it_may_do(town: Town, sign_in: SignIn) -> None:
    request = call_and_book(town)
    pages = {role: sign_in(role).get(f"/requests/{request.number}").text for role in (Role.AUDITOR, Role.PARTS)}

    for page in pages.values():
        assert '<form method="post" action="/requests/' not in page
        assert 'action="/moves' not in page
    assert "Wang Xiaoming" in pages[Role.AUDITOR]
    assert "LX-2A345678" in pages[Role.PARTS]
    for hidden in ("Wang Xiaoming", "+8613800000001", "Nanjing", "/calls/", "的", "windows offered"):
        assert hidden not in pages[Role.PARTS], hidden


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
