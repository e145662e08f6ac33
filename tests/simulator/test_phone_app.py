"""The desk's requests as the page makes them, against a scripted app."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from simulator.desk_settings import DeskSettings, SettingMissing, read_desk_settings
from simulator.numbers import list_people
from simulator.phone_app import PAGE_FOLDER, create_desk_app, create_phone_app
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import AUTH_TOKEN, BASE_URL, Answer, ScriptedApp, say, twiml

HOTLINE = "+862195000000"
MENU = twiml(f'<Gather action="menu" numDigits="1">{say("报修请按1")}</Gather>', say("再见"))
Open = Callable[..., tuple[ScriptedApp, FlaskClient]]


def post(page: FlaskClient, path: str, **fields: str) -> dict[str, Any]:
    answer: dict[str, Any] = page.post(path, json=fields).get_json()
    return answer


def settings(numbers_file: Path | None = None) -> DeskSettings:
    return DeskSettings(
        app_url=BASE_URL,
        public_url=BASE_URL,
        account_sid="AC1",
        auth_token=AUTH_TOKEN,
        hotline_number=HOTLINE,
        api_base_url="http://127.0.0.1:8001",
        numbers_file=numbers_file,
    )


@pytest.fixture
def desk(connect: Connect) -> Open:
    """Return a function that puts a telephone for a scripted app on the desk."""

    def _open(script: dict[str, Answer], numbers_file: Path | None = None) -> tuple[ScriptedApp, FlaskClient]:
        app, exchange = connect(script, is_strict=False)
        return app, create_phone_app(settings(numbers_file), exchange).test_client()

    return _open


def test_a_call_goes_step_by_step_as_the_page_hears_it(desk: Open) -> None:
    app, page = desk({"/ivr/answer": MENU, "/ivr/menu": twiml(say("谢谢"))})

    call = post(page, "/calls", **{"from": "+8613800000001"})
    assert (call["moment"]["doing"], call["moment"]["words"]) == ("speaking", "报修请按1")
    call = post(page, f"/calls/{call['sid']}/heard", step=str(call["step"]))
    assert (call["moment"]["doing"], call["moment"]["accepts"]) == ("listening", ["keys"])
    call = post(page, f"/calls/{call['sid']}/keys", key="1")
    assert call["moment"]["words"] == "谢谢"
    call = post(page, f"/calls/{call['sid']}/heard", step=str(call["step"]))

    assert (call["is_over"], call["ended_by"], call["moment"]) == (True, "hotline", None)
    assert app.paths == ["/ivr/answer", "/ivr/menu", "/ivr/call-status"]


def test_a_key_overtakes_the_end_of_the_sentence(desk: Open) -> None:
    app, page = desk({"/ivr/answer": MENU, "/ivr/menu": twiml(say("谢谢"))})
    call = post(page, "/calls", **{"from": "+8613800000001"})
    heard_step = str(call["step"])

    page.post(f"/calls/{call['sid']}/keys", json={"key": "1"})
    late = post(page, f"/calls/{call['sid']}/heard", step=heard_step)

    assert late["moment"]["words"] == "谢谢"
    assert app.forms("/ivr/menu")[0]["Digits"] == "1"


def test_what_cannot_be_done_is_said(desk: Open) -> None:
    _, page = desk({"/ivr/answer": twiml(say("您好"))})
    call = post(page, "/calls", **{"from": "+8613800000001"})

    assert page.post(f"/calls/{call['sid']}/keys", json={"key": "1"}).status_code == 409
    assert page.post("/calls/CAunknown/keys", json={"key": "1"}).status_code == 404
    assert page.post("/calls", json={}).status_code == 400
    assert page.post(f"/calls/{call['sid']}/keys", json={"key": "A"}).status_code == 409
    assert page.post("/phones/+8613800000001/pick-up", json={}).status_code == 409


def test_a_form_from_another_site_is_not_read(desk: Open) -> None:
    app, page = desk({"/ivr/answer": MENU})

    assert page.post("/calls", data={"from": "+8613800000001"}).status_code == 400
    assert app.asked == []


def test_messages_are_written_and_read(desk: Open) -> None:
    app, page = desk({"/sms/incoming": "<Response><Message>已收到</Message></Response>"})

    phone = post(page, "/phones/+8613900000002/texts", body="accept K7QM")

    assert [(sms["body"], sms["is_mine"]) for sms in phone["messages"]] == [("accept K7QM", True), ("已收到", False)]
    assert app.forms("/sms/incoming")[0]["Body"] == "accept K7QM"
    assert page.get("/phones/+8613900000003").get_json() == {"messages": [], "ringing": None}


def test_the_page_loads_nothing_but_its_own_files(desk: Open) -> None:
    _, page = desk({})
    html = page.get("/").text
    own_files = re.findall(r'(?:src|href)="([^"]+)"', html)

    assert "default-src 'none'" in page.get("/").headers["Content-Security-Policy"]
    assert own_files
    assert all(page.get(f"/{name}").status_code == 200 for name in own_files)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", html)
    for script in PAGE_FOLDER.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', script.read_text(encoding="utf-8")):
            assert page.get(f"/page/{name}").status_code == 200


def test_every_field_of_the_page_has_a_label(desk: Open) -> None:
    _, page = desk({})
    html = page.get("/").text
    fields = re.findall(r'<(?:input|select)[^>]*\bid="([^"]+)"', html)

    labelled = set(re.findall(r'<label for="([^"]+)"', html)) | set(
        re.findall(r'<label class="choice"><input id="([^"]+)"', html)
    )
    assert fields
    assert set(fields) <= labelled


def test_mounted_somewhere_the_page_ends_with_a_slash(connect: Connect) -> None:
    _, exchange = connect({})
    app = create_phone_app(settings(), exchange)

    answer = Client(app).get("", base_url="http://127.0.0.1/phone", environ_overrides={"PATH_INFO": ""})

    assert (answer.status_code, answer.headers["Location"]) == (308, "http://127.0.0.1/phone/")


def test_the_desk_has_the_telephone_and_twilios_rest_side_by_side(connect: Connect) -> None:
    _, exchange = connect({})
    desk = Client(create_desk_app(settings(), exchange))

    assert desk.get("/people").status_code == 200
    unauthorised = desk.get(f"/2010-04-01/Accounts/{exchange.account_sid}/Messages.json")
    assert unauthorised.status_code == 401


def test_people_come_from_a_file_with_strangers_added(tmp_path: Path, desk: Open) -> None:
    people = [
        {"number": "+8613100000001", "name": "王芳", "name_en": "Wang Fang", "extra": 1},
        {"number": "+8615400000001", "name": "李强", "role": "technician"},
    ]
    path = tmp_path / "people.json"
    path.write_text(json.dumps(people), encoding="utf-8")
    _, page = desk({}, path)

    shown = page.get("/people").get_json()

    assert shown["hotline"] == HOTLINE
    assert [one["name"] for one in shown["people"]] == ["王芳", "李强", "陌生来电", "匿名来电"]


@pytest.mark.parametrize("content", ["", "{}", '[{"name": "x"}]', "[1]"])
def test_an_unreadable_file_of_people_leaves_strangers_and_a_technician(tmp_path: Path, content: str) -> None:
    path = tmp_path / "people.json"
    path.write_text(content, encoding="utf-8")

    assert {person.role for person in list_people(path)} == {"customer", "technician"}


def test_settings_come_from_arguments_before_the_environment() -> None:
    environ = {
        "PORT": "8010",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "from the environment",
        "TWILIO_NUMBER": HOTLINE,
        "DATA_FOLDER": "/data",
    }

    read = read_desk_settings({"auth_token": "given", "app": None}, environ)

    assert (read.app_url, read.public_url) == ("http://127.0.0.1:8010", "http://127.0.0.1:8010")
    assert (read.auth_token, read.numbers_file) == ("given", Path("/data/phone_numbers.json"))
    assert "given" not in repr(read)


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(SettingMissing) as missing:
        read_desk_settings({}, {})

    assert str(missing.value) == (
        "The telephone needs --account-sid or TWILIO_ACCOUNT_SID, --auth-token or TWILIO_AUTH_TOKEN, "
        "--hotline or TWILIO_NUMBER."
    )
