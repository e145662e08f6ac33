"""A clerk writes a request down while the caller is on the line: found, reported, promised; what may not be (H12)."""

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import Asset, Call, Commitment, FaultCategory, Message, ServiceRequest, SlotHold, Visit
from operations.matters.diagnosis import list_faults
from policies.channels import Channel
from policies.commitments import CommitmentKind
from policies.offers import HoldState
from policies.priorities import Severity
from policies.request_kinds import RequestKind
from policies.request_states import RequestState
from policies.roles import Role
from tests.town import EVENING, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import WANG


@pytest.fixture
def clerk(sign_in: SignIn) -> FlaskClient:
    """A clerk's browser."""
    return sign_in(Role.CLERK)


def ids(town: Town) -> tuple[int, int]:
    """Wang's machine, and the fault "no picture"."""
    with town.services.database.reading() as session:
        asset = session.scalars(select(Asset.id).where(Asset.serial == "LX-2A345678")).one()
        fault = session.scalars(select(FaultCategory.id).where(FaultCategory.code == "no_picture")).one()
        return asset, fault


def report(town: Town, client: FlaskClient, **more: object) -> TestResponse:
    asset, fault = ids(town)
    token = read_token(client, "/desk")
    form = {"csrf_token": token, "fault": fault, "phone": WANG, "note": "hums", **more}
    return client.post(f"/requests/new/{asset}", data=form)


def latest(town: Town) -> ServiceRequest:
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
        assert request is not None
        session.expunge(request)
        return request


def choose(client: FlaskClient, number: str, **fields: object) -> str:
    token = read_token(client, "/desk")
    path = f"/requests/{number}/windows"
    return client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True).text


@pytest.mark.parametrize(
    "search", ["138 0000 0001", "+8613800000001", "王小明", "wang xiao", "Nanjing West", "LX-2A345678", "345678", "C1"]
)
def test_a_customer_is_found_by_whatever_they_say(search: str, clerk: FlaskClient) -> None:
    page = clerk.get("/requests/new", query_string={"q": search}).text

    assert "Wang Xiaoming" in page
    assert "Dr Chen" not in page


@pytest.mark.parametrize("search", ["", "1", "%", "__", "nobody", "999"])
def test_too_little_or_nobody_finds_nothing(search: str, clerk: FlaskClient) -> None:
    assert "LX-2" not in clerk.get("/requests/new", query_string={"q": search}).text


def test_an_installation_is_written_down_at_the_desk_and_is_no_fault_of_the_menu(
    town: Town, clerk: FlaskClient
) -> None:
    asset, no_picture = ids(town)
    with town.services.database.writing() as session:
        fault = session.get_one(FaultCategory, no_picture)
        installation = FaultCategory(
            code="projector_installation",
            family=fault.family,
            kind=RequestKind.INSTALLATION,
            position=0,
            name="投影机安装调试",
            name_en="projector installation",
            severity=Severity.MINOR,
            priority=10,
            duration_minutes=120,
            skill_id=fault.skill_id,
            skill_level=1,
        )
        session.add(installation)
        session.flush()
        chosen = installation.id

    page = clerk.get(f"/requests/new/{asset}").text
    answer = report(town, clerk, fault=chosen)

    assert "projector installation" in page
    assert answer.status_code == 302
    request = latest(town)
    assert (request.kind, request.fault_category_id) == (RequestKind.INSTALLATION, chosen)
    with town.services.database.reading() as session:
        family = session.get_one(FaultCategory, chosen).family
        faults = list_faults(session, family=family)
        assert faults
        assert chosen not in {one.id for one in faults}
        assert session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ON_SITE)).all() == []


def test_the_caller_on_the_line_pops_up_and_the_clock_starts_with_the_call(town: Town, clerk: FlaskClient) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("1")
    town.clock.set(EVENING + dt.timedelta(minutes=4))
    popped = clerk.get("/calls/1").text
    page = clerk.get("/requests/new?call=1").text

    answer = report(town, clerk, call="1")

    request = latest(town)
    with town.services.database.reading() as session:
        kept = session.get_one(Call, 1)
        assert kept.request_id == request.id
    assert "/requests/new?call=1" in popped
    assert "Wang Xiaoming" in page
    assert answer.location == f"/requests/{request.number}/windows"
    assert (request.channel, request.opened_at, request.note) == (Channel.DESK, EVENING, "hums")


def test_the_windows_are_those_of_the_menu_and_one_is_promised(town: Town, clerk: FlaskClient) -> None:
    report(town, clerk)
    number = latest(town).number
    page = clerk.get(f"/requests/{number}/windows").text
    holds = re.findall(r'name="hold" value="(\d+)"', page)

    done = choose(clerk, number, hold=holds[1], do="promise")

    with town.services.database.reading() as session:
        promised = session.get_one(SlotHold, int(holds[1]))
        visit = session.scalars(select(Visit)).one()
        assert (visit.window_from_at, promised.state) == (promised.window_from_at, HoldState.COMMITTED)
        assert session.scalars(select(Message).where(Message.template == "booking_confirmed")).one().to_number == WANG
    assert len(holds) == 3
    assert "Promised" in done
    assert latest(town).state is RequestState.BOOKED


def test_a_window_lost_meanwhile_is_said_so_beside_the_windows_that_are_left(town: Town, clerk: FlaskClient) -> None:
    report(town, clerk)
    number = latest(town).number
    path = f"/requests/{number}/windows"
    [lost, *_] = re.findall(r'name="hold" value="(\d+)"', clerk.get(path).text)
    town.clock.set(town.clock.now() + dt.timedelta(days=3))

    answer = clerk.post(path, data={"csrf_token": read_token(clerk, "/desk"), "hold": lost, "do": "promise"})

    page = BeautifulSoup(answer.text, "html.parser")
    choices = page.select("input[name=hold]")
    told = page.find(id=str(choices[0].get("aria-describedby")))
    assert answer.status_code == 422
    assert told is not None
    assert "just been taken" in told.text
    assert lost not in {str(one["value"]) for one in choices}
    assert latest(town).state is RequestState.OPEN


def test_other_windows_are_others(town: Town, clerk: FlaskClient) -> None:
    report(town, clerk)
    number = latest(town).number
    first = clerk.get(f"/requests/{number}/windows").text

    second = choose(clerk, number, do="others")

    windows = [set(re.findall(r"\d\d:\d\d–\d\d:\d\d", page)) for page in (first, second)]
    assert windows[1]
    assert not windows[0] & windows[1]


def test_when_none_suits_a_dispatcher_sees_it(town: Town, clerk: FlaskClient) -> None:
    report(town, clerk)

    said = choose(clerk, latest(town).number, do="none")

    assert "Left to a dispatcher" in said
    assert latest(town).number in clerk.get("/desk").text


def test_a_wrong_number_is_said_beside_its_field_and_nothing_is_written(town: Town, clerk: FlaskClient) -> None:
    answer = report(town, clerk, phone="12 or so")

    with town.services.database.reading() as session:
        assert session.scalars(select(ServiceRequest)).all() == []
    assert answer.status_code == 422
    assert "no telephone number that can be dialled" in answer.text
    assert 'value="12 or so"' in answer.text
    assert "hums" in answer.text


def test_a_window_held_for_somebody_else_cannot_be_taken(town: Town, clerk: FlaskClient) -> None:
    report(town, clerk)
    first = latest(town).number
    report(town, clerk)
    other = re.findall(r'name="hold" value="(\d+)"', clerk.get(f"/requests/{latest(town).number}/windows").text)[0]
    form = {"csrf_token": read_token(clerk, "/desk"), "hold": other, "do": "promise"}

    answer = clerk.post(f"/requests/{first}/windows", data=form)

    assert answer.status_code == 422
    assert latest(town).state is RequestState.OPEN


@pytest.mark.parametrize("field", [{"fault": "999"}, {"fault": "x"}, {"call": "77"}])
def test_what_does_not_exist_is_refused(field: dict[str, str], town: Town, clerk: FlaskClient) -> None:
    assert report(town, clerk, **field).status_code in {404, 422}


def test_an_auditor_writes_nothing_down(town: Town, sign_in: SignIn) -> None:
    auditor = sign_in(Role.AUDITOR)

    assert auditor.get("/requests/new").status_code == 403
    assert report(town, auditor).status_code == 403
    assert "New request" not in auditor.get("/desk").text
