"""The knowledge base in the office: a clerk writes, hears it on the page, releases; callers hear it (H4)."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from web.foundation.access import OFFICE, WRITERS

WANG = "+8613800000001"
SUBJECT = "/knowledge/steps/no_picture"
LAMP, LAMP_EN = "请看指示灯是不是红色。", "Please look whether the light is red."


@pytest.fixture
def clerk(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.CLERK)


def post(client: FlaskClient, path: str, **fields: Any) -> TestResponse:  # noqa: ANN401
    return client.post(path, data={"csrf_token": read_token(client, "/knowledge/steps/smoke"), **fields})


def begin(client: FlaskClient, subject: str = SUBJECT) -> str:
    path, _, query = subject.partition("?")
    return str(post(client, f"{path}/draft?{query}").location)


def write(client: FlaskClient, *rows: tuple[str, str], do: str = "save", subject: str = SUBJECT, **more: str) -> str:
    return send(client, *rows, do=do, subject=subject, **more).location


def send(
    client: FlaskClient, *rows: tuple[str, str], do: str = "save", subject: str = SUBJECT, **more: str
) -> TestResponse:
    draft = begin(client, subject)
    fields = {"text": [row[0] for row in rows], "text_en": [row[1] for row in rows]}
    blank = [""] * len(rows)
    return post(client, draft, title=blank, title_en=blank, do=do, **fields, **more)


def first_step(town: Town, *, number: str = WANG) -> str:
    call = town.phone(number).dial(town.hotline)
    for key in ("1", "1", "1"):
        call.press(key)
    said = " ".join(call.listen())
    call.hang_up()
    return said


def test_a_clerk_writes_a_step_hears_it_on_the_page_and_callers_hear_it_from_then_on(
    town: Town, clerk: FlaskClient
) -> None:
    assert "请检查电源线" in first_step(town)
    page = clerk.get(write(clerk, (LAMP, LAMP_EN))).text
    assert LAMP in page
    assert "If that solved it, press 1." in page
    assert "请检查电源线" in first_step(town), "a draft was told to a caller"

    write(clerk, (LAMP, LAMP_EN), do="release")

    assert LAMP in first_step(town)


def test_a_version_for_tomorrow_waits_until_tomorrow(town: Town, clerk: FlaskClient) -> None:
    write(clerk, (LAMP, LAMP_EN), do="release", in_force_from="2026-11-23T08:00")

    assert "请检查电源线" in first_step(town)
    town.wait_until(dt.datetime(2026, 11, 23, 0, 0, tzinfo=dt.UTC))
    assert LAMP in first_step(town)


def test_a_call_goes_on_with_the_version_it_began_with(town: Town, clerk: FlaskClient) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1"):
        call.press(key)

    write(clerk, (LAMP, LAMP_EN), do="release")
    call.press("2")

    call.hears("请长按电源键十秒")
    call.hang_up()


@pytest.mark.parametrize(
    ("row", "why"),
    [(("请检查。", ""), "Entry 1 English is missing"), (("好" * 90, "Well."), "takes 26 seconds to hear")],
)
def test_what_callers_could_not_use_is_refused_with_its_place_and_stays_a_draft(
    town: Town, clerk: FlaskClient, row: tuple[str, str], why: str
) -> None:
    answer = send(clerk, row, do="release")

    assert answer.status_code == 422
    assert why in answer.text
    assert "请检查电源线" in first_step(town)


@pytest.mark.parametrize(
    ("in_force_from", "why"),
    [("2020-01-01T08:00", "before now"), ("tomorrow", "a day and"), ("x" * 99, "a day and")],
)
def test_an_impossible_time_is_refused(clerk: FlaskClient, in_force_from: str, why: str) -> None:
    assert why in send(clerk, (LAMP, LAMP_EN), do="release", in_force_from=in_force_from).text


def test_typing_shows_what_would_be_heard_and_how_long_without_storing_it(clerk: FlaskClient) -> None:
    draft = begin(clerk)

    shown = post(clerk, f"{draft}/preview", title="", title_en="", text="好" * 80, text_en="Well.").text

    assert "takes 24 seconds to hear" in shown
    assert "好好好" not in clerk.get(draft).text


def test_entries_change_places_and_emptied_ones_go(clerk: FlaskClient) -> None:
    page = clerk.get(write(clerk, (LAMP, LAMP_EN), ("", ""), ("请重新开机。", "Switch it off and on."), do="up:2")).text

    assert page.index("请重新开机。") < page.index(LAMP)


def test_a_discarded_draft_is_gone_and_what_was_released_cannot_be_written(clerk: FlaskClient) -> None:
    draft = begin(clerk)
    post(clerk, draft, do="discard")
    assert clerk.get(draft).status_code == 404

    begin(clerk)
    assert clerk.get("/knowledge/drafts/1").status_code == 409


def test_one_model_can_have_words_of_its_own(town: Town, clerk: FlaskClient) -> None:
    write(clerk, (LAMP, LAMP_EN), do="release", subject=f"{SUBJECT}?model=LX-2")

    assert LAMP in first_step(town)
    assert "every model" in clerk.get(f"{SUBJECT}?model=LX-2").text.lower()


def test_the_share_solved_is_shown_for_each_entry_and_a_call_leads_to_the_version_it_heard(
    town: Town, clerk: FlaskClient
) -> None:
    for key in ("1", "2"):
        call = town.phone(WANG).dial(town.hotline)
        for pressed in ("1", "1", "1", key):
            call.press(pressed)
        call.hang_up()

    assert "heard in 2 calls, solved 1 of them (50 %)" in clerk.get(SUBJECT).text
    assert "50 %" in clerk.get("/knowledge").text
    assert 'href="/knowledge/steps/no_picture#v1"' in clerk.get("/calls/1").text


def test_a_common_question_is_written_the_same_way(town: Town, clerk: FlaskClient) -> None:
    draft = begin(clerk, "/knowledge/questions/projector")
    fields = {"title": "怎么清洁", "title_en": "For cleaning", "text": "请用干布。", "text_en": "Use a dry cloth."}
    post(clerk, draft, do="release", **fields)

    call = town.phone(WANG).dial(town.hotline)
    for key in ("5", "1", "1"):
        call.press(key)
    call.hears("怎么清洁，请按1")
    call.press("1")
    call.hears("请用干布")
    call.hang_up()


@pytest.mark.parametrize("path", ["/knowledge/steps/nothing", "/knowledge/songs/no_picture", f"{SUBJECT}?model=X"])
def test_a_subject_that_does_not_exist_is_not_found(clerk: FlaskClient, path: str) -> None:
    assert clerk.get(path).status_code == 404


@pytest.mark.parametrize("role", sorted(OFFICE - WRITERS))
def test_the_office_reads_and_only_writers_write(role: Role, sign_in: SignIn) -> None:
    client = sign_in(role)

    assert client.get(SUBJECT).status_code == 200
    assert post(client, f"{SUBJECT}/draft").status_code == 403


def test_the_page_is_there_in_chinese(sign_in: SignIn) -> None:
    assert "自助排查" in sign_in(Role.CLERK, language=Language.ZH).get(SUBJECT).text
