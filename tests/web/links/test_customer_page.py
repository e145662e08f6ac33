"""A customer's own request by link, and the web form: what the hotline does, nothing for strangers (D12, H16)."""

import datetime as dt
import io
import json
import re
import uuid
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models import CallBack, ServiceRequest, SlotHold, StoredFile, Visit
from operations.aftercare.customer_page import FORMS_PER_PHONE, OFFERS_PER_HOUR
from policies.channels import Channel
from policies.files import FileKind
from policies.offers import HoldState
from policies.request_states import CloseReason, RequestState
from policies.visit_states import VisitState
from tests.databases import ON_SQLITE_ALONE
from tests.factories.pictures import photo
from tests.town import ADDRESS, HOTLINE, Town
from tests.web.filled_forms import read_token
from tests.web.offices import WANG, call_and_book, publish_day, state_of, technician_of
from web.layout.wrong_links import WRONG_LINKS
from web.links.customer_link import SAID
from web.links.customer_page import MOST_PHOTOS

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough at the door: what operations do is tested on both."""


@pytest.fixture
def own(town: Town) -> ServiceRequest:
    """Wang's request, booked by telephone this evening for tomorrow morning."""
    return call_and_book(town)


@pytest.fixture
def link(town: Town, own: ServiceRequest) -> str:
    """The path of the link in the confirmation."""
    assert own.id
    found = re.search(rf"{ADDRESS}(/v/\S+)", town.phone(WANG).inbox[-1].body)
    assert found
    return found[1]


def fresh(town: Town, own: ServiceRequest) -> ServiceRequest:
    with town.services.database.reading() as session:
        request = session.get_one(ServiceRequest, own.id)
        session.expunge(request)
        return request


def refusal_of(answer: TestResponse) -> str:
    """Return the name of the sentence that a refused wish stands on its page with."""
    assert answer.status_code == 422, (answer.status_code, answer.text)
    sentences = json.loads(Path("content/pages/zh-CN.json").read_text(encoding="utf-8"))
    names = {words: name for name, words in sentences.items() if name.startswith("own_said.")}
    told = BeautifulSoup(answer.text, "html.parser").select("[role=alert], .field-trouble")
    return next(names[next(one.stripped_strings)] for one in told).removeprefix("own_said.")


def window_of(town: Town, own: ServiceRequest) -> dt.datetime | None:
    with town.services.database.reading() as session:
        return session.scalars(select(Visit.window_from_at).where(Visit.request_id == own.id)).one()


def choices(page: str) -> list[str]:
    return re.findall(r'name="hold" value="(\d+)"', page)


def test_the_link_shows_who_comes_when_and_nothing_a_finder_could_use(link: str, stranger: FlaskClient) -> None:
    answer = stranger.get(link)

    assert "08:00–10:00" in answer.text
    assert "李强" in answer.text or "Li Qiang" in answer.text
    for private in ("南京西路", "Nanjing", "13800000001", "13900000001", "LX-2A345678", "王小明"):
        assert private not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "same-origin", "other sites are told nothing"
    assert "noindex" in answer.text


def test_another_time_is_offered_held_and_promised_in_place_of_the_first(
    town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    before = window_of(town, own)
    page = stranger.post(f"{link}/times", follow_redirects=True).text
    first = choices(page)

    page = stranger.post(f"{link}/take", data={"hold": first[-1]}, follow_redirects=True).text

    assert 2 <= len(first) <= 3
    assert window_of(town, own) != before
    assert "已经约好" in page
    with town.services.database.reading() as session:
        held = select(func.count()).where(SlotHold.state == HoldState.HELD)
        assert session.scalar(held) == 0, "the others are free again"
    town.tick()
    assert "/v/" in town.phone(WANG).inbox[-1].body


@pytest.mark.parametrize("hold", ["", "0", "999999", "-1", "1; DROP", "9" * 40, "１"])
def test_a_time_that_was_never_offered_to_this_customer_is_not_promised(
    hold: str, town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    before = window_of(town, own)

    answer = stranger.post(f"{link}/take", data={"hold": hold})

    assert refusal_of(answer) == "window_lost"
    assert window_of(town, own) == before


def test_one_customer_cannot_take_another_ones_time(town: Town, link: str, stranger: FlaskClient) -> None:
    other = call_and_book(town, "+8613800000003")
    theirs = re.search(rf"{ADDRESS}(/v/\S+)", town.phone("+8613800000003").inbox[-1].body)
    assert theirs
    [hold, *_] = choices(stranger.post(f"{theirs[1]}/times", follow_redirects=True).text)
    before = window_of(town, other)

    answer = stranger.post(f"{link}/take", data={"hold": hold})

    assert refusal_of(answer) == "window_lost"
    assert window_of(town, other) == before


def test_calling_it_off_needs_to_be_sure_and_twice_says_so(
    town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    careless = stranger.post(f"{link}/cancel")
    still = fresh(town, own).state
    sure = stranger.post(f"{link}/cancel", data={"sure": "yes"})
    again = stranger.post(f"{link}/cancel", data={"sure": "yes"})

    assert refusal_of(careless) == "not_sure"
    assert "no-store" in careless.headers["Cache-Control"]
    assert still is RequestState.BOOKED
    assert sure.location.endswith("said=cancelled")
    assert again.location.endswith("said=already_over")
    assert fresh(town, own).close_reason is CloseReason.WITHDRAWN
    assert state_of(town, own) is VisitState.CANCELLED


def test_who_is_on_the_way_cannot_be_called_back_by_a_link(
    town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    publish_day(town)
    phone, code = technician_of(town, own)
    phone.text(f"2{code}", to=town.hotline)
    page = stranger.get(link).text

    answers = [stranger.post(f"{link}/cancel", data={"sure": "yes"}), stranger.post(f"{link}/times")]

    assert [refusal_of(answer) for answer in answers] == ["too_late", "too_late"]
    assert "到达" in page
    assert f"{link}/cancel" not in page
    assert f"{link}/times" not in page
    assert HOTLINE in page, "the hotline can still help"


def test_an_hour_before_the_window_the_plan_is_frozen(
    town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    from_at = window_of(town, own)
    assert from_at
    town.clock.set(from_at - dt.timedelta(minutes=59))

    assert refusal_of(stranger.post(f"{link}/times")) == "too_late"


def test_windows_cannot_be_held_away_from_others_by_asking_on_and_on(
    town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    assert own.id
    answers = [stranger.post(f"{link}/times") for _ in range(OFFERS_PER_HOUR + 1)]

    assert refusal_of(answers[-1]) == "too_often"
    assert {answer.status_code for answer in answers[:-1]} == {302}
    town.wait(minutes=61)
    assert stranger.post(f"{link}/times").location.partition("said=")[2] == ""


def upload(client: FlaskClient, path: str, *contents: bytes, **fields: str) -> TestResponse:
    files = [(io.BytesIO(content), f"{index}.jpg") for index, content in enumerate(contents)]
    return client.post(path, data={**fields, "photos": files}, content_type="multipart/form-data")


def test_photos_are_kept_for_the_technician_and_what_is_none_is_refused(
    town: Town, link: str, stranger: FlaskClient
) -> None:
    kept = upload(stranger, f"{link}/photos", photo((1, 9, 9)), photo((200, 9, 9)), kind="proof")
    wrong = upload(stranger, f"{link}/photos", photo((9, 200, 9)), b"<script>alert(1)</script>")
    none = upload(stranger, f"{link}/photos")

    assert kept.location.endswith("said=photos_kept")
    assert [refusal_of(one) for one in (wrong, none)] == ["not_a_picture", "no_photo"]
    assert 'aria-describedby="wrong-photos"' in wrong.text, "beside the field"
    with town.services.database.reading() as session:
        assert list(session.scalars(select(StoredFile.kind))) == [FileKind.PROOF] * 2


def test_a_repair_that_did_not_hold_is_opened_again_once(
    town: Town, own: ServiceRequest, link: str, stranger: FlaskClient
) -> None:
    publish_day(town)
    phone, code = technician_of(town, own)
    for digit in "234":
        phone.text(f"{digit}{code}", to=town.hotline)

    said = [stranger.post(f"{link}/solved", data={"answer": "no"}).location.partition("said=")[2] for _ in range(2)]

    assert said == ["repeat", "repeat"]
    with town.services.database.reading() as session:
        repeats = session.scalars(select(ServiceRequest).where(ServiceRequest.repeat_of_id == own.id)).all()
        assert [one.channel for one in repeats] == [Channel.WEB]


@pytest.mark.parametrize("path", ["", "/times", "/take", "/cancel", "/photos", "/solved"])
def test_an_altered_link_opens_nothing_and_says_nothing(path: str, link: str, stranger: FlaskClient) -> None:
    altered = link[:-1] + ("a" if link[-1] != "a" else "b")
    ask = stranger.get if path == "" else stranger.post

    answer = ask(f"{altered}{path}")

    assert answer.status_code == 410
    assert "08:00" not in answer.text


def test_a_link_for_one_thing_opens_no_other(town: Town, own: ServiceRequest, link: str, stranger: FlaskClient) -> None:
    publish_day(town)
    phone, _ = technician_of(town, own)
    route = re.search(rf"{ADDRESS}/r/(\S+)", phone.inbox[-1].body)
    assert route

    assert stranger.get(f"/v/{route[1]}").status_code == 410
    assert stranger.get(f"/r/{link.removeprefix('/v/')}").status_code == 410


def test_an_expired_link_says_so_politely(town: Town, link: str, stranger: FlaskClient) -> None:
    town.clock.set(town.clock.now() + dt.timedelta(days=22))

    answer = stranger.get(link)

    assert answer.status_code == 410
    assert "This link is no longer good" in answer.text


def test_guessing_customers_links_is_stopped(stranger: FlaskClient) -> None:
    assert {stranger.get(f"/v/guess{number}").status_code for number in range(WRONG_LINKS + 1)} == {410, 429}


def test_nothing_in_the_address_is_shown_unless_it_is_one_of_our_sentences(link: str, stranger: FlaskClient) -> None:
    assert "hacked" not in stranger.get(f"{link}?said=hacked").text
    assert all(stranger.get(f"{link}?said={said}").status_code == 200 for said in SAID)


def form(client: FlaskClient, **changes: str) -> dict[str, str]:
    fields = {
        "csrf_token": read_token(client, "/report/"),
        "key": str(uuid.uuid4()),
        "name": "王小明",
        "phone": "138 0000 0001",
        "serial": "LX-2A345678",
        "fault": "no_picture",
        "note": "开机没有图像",
    }
    return fields | changes


def newest(town: Town) -> ServiceRequest:
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
        assert request is not None
        session.expunge(request)
        return request


def test_a_known_customer_reports_by_form_and_chooses_a_time_at_once(town: Town, stranger: FlaskClient) -> None:
    answer = upload(stranger, "/report/", photo(), **form(stranger))
    page = stranger.get(answer.location)
    [hold, *_] = choices(page.text)
    booked = stranger.post(f"{answer.location.partition('?')[0]}/take", data={"hold": hold}, follow_redirects=True)

    request = newest(town)
    assert answer.status_code == 302
    assert (request.channel, request.state, request.contact_phone) == (Channel.WEB, RequestState.BOOKED, WANG)
    assert request.note == "开机没有图像"
    assert "08:00" in booked.text or "–" in booked.text
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 1


def test_a_form_that_is_sent_twice_makes_one_request(town: Town, stranger: FlaskClient) -> None:
    fields = form(stranger)

    first, second = (stranger.post("/report/", data=fields) for _ in range(2))

    assert first.location.partition("?")[0] == second.location.partition("?")[0]
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == 1


@pytest.mark.parametrize(
    "change", [{"serial": "LX-2A999999"}, {"phone": "13811112222"}, {"serial": ""}, {"serial": "678"}]
)
def test_a_machine_or_number_nobody_knows_is_registered_and_called_about(
    change: dict[str, str], town: Town, stranger: FlaskClient
) -> None:
    answer = stranger.post("/report/", data=form(stranger, **change))
    page = stranger.get(answer.location).text

    request = newest(town)
    assert request.customer_id is None, "either alone proves nothing"
    assert "王小明" in request.note
    assert choices(page) == []
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CallBack)) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Please give a name."),
        ({"phone": "12"}, "Please give a number"),
        ({"fault": "nothing"}, "Please choose what is wrong."),
        ({"note": "x" * 1001}, "At most 1,000"),
        ({"key": "x"}, "Please reload"),
        ({"serial": "x" * 41}, "too long"),
    ],
)
def test_every_field_that_is_wrong_says_so_beside_it(
    change: dict[str, str], sentence: str, town: Town, stranger: FlaskClient
) -> None:
    answer = stranger.post("/report/", data=form(stranger, **change))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text or "key" in change
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == 0


def test_photos_of_a_form_are_looked_at_before_anything_is_stored(town: Town, stranger: FlaskClient) -> None:
    wrong = upload(stranger, "/report/", b"%PDF-1.7", **form(stranger))
    many = upload(stranger, "/report/", *[photo((index, 0, 0)) for index in range(MOST_PHOTOS + 1)], **form(stranger))

    assert (wrong.status_code, many.status_code) == (422, 422)
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == 0


def test_a_number_cannot_be_flooded_with_requests(stranger: FlaskClient) -> None:
    statuses = [stranger.post("/report/", data=form(stranger)).status_code for _ in range(FORMS_PER_PHONE + 1)]

    assert statuses == [302] * FORMS_PER_PHONE + [429]
