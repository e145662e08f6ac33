"""The page of commitments: figures that open into their clocks, pauses by hand, warnings somebody has seen (K1, K2)."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.clock_timers import check_clocks, fire_clock_timers
from models import ClockTimer, Commitment, Complaint, ServiceRequest
from operations.clocks.clock_events import agree_target
from policies.commitments import CommitmentState
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

WANG = "+8613800000001"


@pytest.fixture
def clock_id(town: Town) -> int:
    """Mr Wang has complained; his repair runs."""
    for keys in (("4", "2"), ("1", "1", "1", "2", "2", "1")):
        call = town.phone(WANG).dial(town.hotline)
        for key in keys:
            call.press(key)
        call.hang_up()
    with town.services.database.reading() as session:
        return session.scalars(select(Commitment.id).where(Commitment.kind == "on_site")).one()


def later(town: Town, hours: float) -> None:
    town.clock.advance(hours * 3600)
    check_clocks(town.services)
    fire_clock_timers(town.services)


def links(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(/commitments/list[^"]+)"', page)]


def test_each_figure_opens_into_as_many_clocks_as_it_counts_and_those_into_their_events(
    town: Town, dispatcher: FlaskClient, clock_id: int
) -> None:
    later(town, 25)

    page = dispatcher.get("/commitments").text

    counted = re.findall(r'href="(/commitments/list[^"]+standing[^"]+)">(\d+)</a>', page)
    assert len(counted) > 5
    for link, count in counted:
        opened = dispatcher.get(link.replace("&amp;", "&")).text
        assert len(re.findall(r'href="/commitments/\d+"', opened)) == int(count), link
    assert "request opened" in dispatcher.get(f"/commitments/{clock_id}").text


def test_the_week_shows_the_hour_in_which_broken_promises_began_and_opens(
    town: Town, dispatcher: FlaskClient, clock_id: int
) -> None:
    later(town, 25)

    page = dispatcher.get("/commitments").text
    (cell,) = [link for link in links(page) if "hour=22" in link and "weekday=6" in link]

    assert re.search(r"Sunday, 22 h: \d of \d broken", page)
    assert f"/commitments/{clock_id}" in dispatcher.get(cell).text
    assert f"/commitments/{clock_id}" not in dispatcher.get(cell.replace("hour=22", "hour=3")).text


def test_a_clock_says_what_it_is_about_and_leads_there(town: Town, dispatcher: FlaskClient, clock_id: int) -> None:
    later(town, 25)
    with town.services.database.reading() as session:
        complaint = session.scalars(select(Complaint)).one().number
        request = session.get_one(ServiceRequest, session.get_one(Commitment, clock_id).request_id).number

    for page in ("/commitments", "/commitments/list"):
        shown = dispatcher.get(page).text
        for link, words in ((f"/complaints/{complaint}", f"Complaint {complaint}"), (f"/requests/{request}", request)):
            assert f'href="{link}">{words}</a>' in shown, (page, link)
    assert re.search(r'href="/calls/\d+">the call</a>', shown)


def test_clocks_of_calls_and_complaints_belong_to_the_callers_area_too(town: Town, clock_id: int) -> None:
    stranger = town.phone("+8613911112222").dial(town.hotline)
    stranger.hang_up()

    with town.services.database.reading() as session:
        request_area = session.get_one(Commitment, clock_id).area_id
        areas = {(row.subject.split(":")[0], row.kind, row.area_id) for row in session.scalars(select(Commitment))}

    assert request_area is not None
    assert areas == {
        ("call", "answer", request_area),
        ("complaint", "complaint", request_area),
        ("complaint", "explanation", request_area),
        ("request", "on_site", request_area),
        # Nobody knows where this one called from.
        ("call", "answer", None),
    }


def test_a_choice_narrows_every_figure_and_nonsense_in_the_address_does_no_harm(
    dispatcher: FlaskClient, clock_id: int
) -> None:
    assert "Complaint answered" not in re.sub(
        r"<option.*?</option>", "", dispatcher.get("/commitments?kind=on_site").text
    )
    for nonsense in ("month=2026-13", "month=x&kind=none", "area=x", "standing=x&hour=99&weekday=-1", "hour=1"):
        assert dispatcher.get(f"/commitments?{nonsense}").status_code == 200
        assert dispatcher.get(f"/commitments/list?{nonsense}").status_code == 200
    assert dispatcher.get("/commitments/999999").status_code == 404
    assert clock_id


def test_a_clock_is_paused_with_its_reason_and_goes_on(town: Town, dispatcher: FlaskClient, clock_id: int) -> None:
    address = f"/commitments/{clock_id}"

    def post(what: str, **form: str) -> str:
        return dispatcher.post(
            f"{address}/{what}", data={"csrf_token": read_token(dispatcher, address), **form}, follow_redirects=True
        ).text

    assert "not allow" in post("pause", reason="part_missing")
    assert "Please choose one of these" in post("pause", reason="nonsense")
    paused = post("pause", reason="customer_wish", note="comes home on Friday")
    assert "The clock is paused." in paused
    assert "the customer&#39;s wish" in paused
    assert "goes on" in post("resume")
    assert "not allow" in post("resume")
    with town.services.database.reading() as session:
        assert session.get_one(Commitment, clock_id).state is CommitmentState.RUNNING


def test_whoever_hears_that_it_works_again_says_so_on_the_clocks_page(
    town: Town, clock_id: int, dispatcher: FlaskClient
) -> None:
    with town.services.database.writing() as session:
        on_site = session.get_one(Commitment, clock_id)
        agree_target(
            session, subject=on_site.subject, request_id=on_site.request_id, kind="restoration", minutes=480, by="z",
            now=town.clock.now(),
        )  # fmt: skip
        restoration = session.scalars(select(Commitment).where(Commitment.kind == "restoration")).one().id

    def say_so(about: int) -> str:
        form = {"csrf_token": read_token(dispatcher, f"/commitments/{about}")}
        return dispatcher.post(f"/commitments/{about}/restored", data=form, follow_redirects=True).text

    assert "/restored" in dispatcher.get(f"/commitments/{restoration}").text
    assert "does not wait for that" in say_so(clock_id)
    assert "Written down: it works again" in say_so(restoration)
    assert "does not wait for that" in say_so(restoration)
    with town.services.database.reading() as session:
        assert session.get_one(Commitment, restoration).state is CommitmentState.MET
        assert session.get_one(Commitment, clock_id).state is CommitmentState.RUNNING


def test_a_warning_waits_on_the_page_until_somebody_has_seen_it(
    town: Town, dispatcher: FlaskClient, clock_id: int
) -> None:
    later(town, 18.1)
    assert "Warnings nobody has looked at" in dispatcher.get("/commitments").text
    with town.services.database.reading() as session:
        fired = session.scalars(select(ClockTimer.id).where(ClockTimer.fired_at.is_not(None))).all()

    for timer_id in fired:
        form = {"csrf_token": read_token(dispatcher, "/commitments")}
        assert dispatcher.post(f"/commitments/alerts/{timer_id}", data=form).status_code == 302

    assert "Warnings nobody has looked at" not in dispatcher.get("/commitments").text
    assert clock_id


def test_figures_are_sent_again_only_when_something_has_changed(
    town: Town, dispatcher: FlaskClient, clock_id: int
) -> None:
    first = dispatcher.get("/commitments/live?kind=on_site&_external=x&endpoint=y")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert "<html" not in first.text
    assert dispatcher.get("/commitments/live?kind=on_site", headers=tag).status_code == 304
    assert 'hx-get="/commitments/live?kind=on_site"' in dispatcher.get("/commitments?kind=on_site&endpoint=y").text

    later(town, 0.9)
    assert dispatcher.get("/commitments/live?kind=on_site", headers=tag).status_code == 200
    assert clock_id


def test_the_desk_shows_the_warning_until_somebody_has_seen_it(
    town: Town, dispatcher: FlaskClient, clock_id: int
) -> None:
    later(town, 18.1)
    page = dispatcher.get("/desk").text
    shown = re.findall(r'action="(/desk/alerts/\d+)"', page)
    assert f'href="/commitments/{clock_id}"' in page

    for address in shown:
        dispatcher.post(address, data={"csrf_token": read_token(dispatcher, "/desk")})

    assert len(shown) >= 2
    assert "/desk/alerts/" not in dispatcher.get("/desk").text


def test_a_supervisor_corrects_an_event_and_writes_down_what_nobody_recorded(
    town: Town, sign_in: SignIn, dispatcher: FlaskClient, clock_id: int
) -> None:
    later(town, 30)
    supervisor, address = sign_in(Role.SUPERVISOR), f"/commitments/{clock_id}"

    def post(where: str, **form: str) -> str:
        token = read_token(supervisor, address)
        return supervisor.post(where, data={"csrf_token": token, **form}, follow_redirects=True).text

    def state() -> CommitmentState:
        with town.services.database.reading() as session:
            return session.get_one(Commitment, clock_id).state

    late = {"kind": "visit_arrived", "reason": "the signed paper says 20:00"}
    for wrong in ({"at": "2027-12-01T20:00"}, {"at": "nonsense"}, {"at": "2026-11-23T20:00", "reason": " "}):
        assert "Not taken" in post(f"{address}/events", **late | wrong)
    assert "Not taken" in post(f"{address}/events", **late | {"kind": "request_opened", "at": "2026-11-23T20:00"})
    assert state() is CommitmentState.BROKEN

    page = post(f"{address}/events", **late, at="2026-11-23T20:00")
    assert state() is CommitmentState.MET
    assert "Happened, and was not written down" not in page
    arrival = re.findall(rf'href="({address}/events/\d+)"', page)[-1]
    assert "visit arrived" in supervisor.get(arrival).text or "arrived" in supervisor.get(arrival).text

    page = post(arrival, what="moved", at="2026-11-24T01:00", reason="misread")
    assert state() is CommitmentState.BROKEN
    assert "<s>" in page
    page = post(arrival, what="void", reason="another customer's paper")
    assert "taken back" in page

    assert dispatcher.get(arrival).status_code == 403
    assert "Correct" not in dispatcher.get(address).text
    assert supervisor.get(f"{address}/events/9999").status_code == 404


def test_whoever_only_looks_can_pause_nothing(sign_in: SignIn, clock_id: int) -> None:
    auditor = sign_in(Role.AUDITOR)
    form = {"csrf_token": read_token(auditor, "/commitments"), "reason": "customer_wish"}

    assert auditor.get("/commitments").status_code == 200
    assert "Pause" not in auditor.get(f"/commitments/{clock_id}").text
    assert auditor.post(f"/commitments/{clock_id}/pause", data=form).status_code == 403
    assert auditor.post(f"/commitments/{clock_id}/resume", data=form).status_code == 403


@pytest.mark.parametrize("language", Language)
@pytest.mark.usefixtures("clock_id")
def test_the_page_is_read_in_both_languages(sign_in: SignIn, language: Language) -> None:
    page = sign_in(Role.MANAGER, language=language).get("/commitments").text

    assert ("24小时到场" in page) is (language is Language.ZH)
