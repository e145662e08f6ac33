"""The voice webhooks: who gets in, repeats, and callers nobody expected."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select

from models import Call, CallBack, CallEvent, Customer, ServiceRequest, StatusEvent, WebhookClaim
from policies.call_states import CallState
from policies.languages import Language
from simulator.signature import sign
from tests.town import ADDRESS, HOTLINE, TOKEN, Town

WANG = "+8613800000001"


def post(town: Town, path: str, *, signature: str | None = None, **form: str) -> tuple[int, str]:
    url = f"{ADDRESS}{path}"
    headers = {"X-Twilio-Signature": sign(url, form, TOKEN) if signature is None else signature}
    response = town.app.test_client().post(path, data=form, headers=headers)
    return response.status_code, response.get_data(as_text=True)


def a_call(number: str = WANG, sid: str = "CA" + "1" * 32, **more: str) -> dict[str, str]:
    return {"CallSid": sid, "From": number, "To": HOTLINE, "CallStatus": "in-progress", **more}


def count(town: Town, table: type) -> int:
    with town.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    "path",
    ["/ivr/answer", "/ivr/step/main?turn=1", "/ivr/voicemail?turn=1", "/ivr/call-status", "/ivr/recording-status",
     "/sms/incoming", "/sms/status?m=1"],
)  # fmt: skip
@pytest.mark.parametrize("signature", ["", "forged", "L/OH5YylLD5NRKLltdqwSvS0BnU="])
def test_a_bad_signature_is_refused_and_leaves_no_row(town: Town, path: str, signature: str) -> None:
    status, _ = post(town, path, signature=signature, **a_call(Body="accept K7PD", MessageSid="SM1"))

    assert status == 403
    assert [count(town, table) for table in (Call, CallEvent, StatusEvent, WebhookClaim)] == [0, 0, 0, 0]


def test_a_forged_host_header_does_not_help_and_does_not_hurt(town: Town) -> None:
    form = a_call()
    headers = {
        "X-Twilio-Signature": sign(f"{ADDRESS}/ivr/answer", form, TOKEN),
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
    }

    response = town.app.test_client().post("/ivr/answer", data=form, headers=headers)

    assert response.status_code == 200
    assert "evil.example" not in response.get_data(as_text=True)


def test_the_same_webhook_twice_gets_the_same_answer_and_has_one_effect(town: Town) -> None:
    _, first = post(town, "/ivr/answer", **a_call())
    events = count(town, CallEvent)
    _, again = post(town, "/ivr/answer", **a_call())

    assert again == first
    assert count(town, Call) == 1
    assert count(town, CallEvent) == events


def test_every_step_of_a_booking_sent_twice_books_once(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for keys in ("1", "1", "1", "2", "2", "1"):
        call.press(keys)
    call.hears("预约好了")
    before = [count(town, table) for table in (CallEvent, ServiceRequest, StatusEvent)]

    for sent in list(town.exchange.webhooks.archive):
        town.exchange.webhooks.send_again(sent)

    assert [count(town, table) for table in (CallEvent, ServiceRequest, StatusEvent)] == before
    call.hang_up()


def test_a_key_for_a_turn_long_past_repeats_the_present_menu(town: Town) -> None:
    post(town, "/ivr/answer", **a_call())

    status, document = post(town, "/ivr/step/main?turn=99", **a_call(Digits="1"))

    assert status == 200
    assert "报修请按1" in document


def test_a_call_whose_first_webhook_was_lost_is_greeted_at_its_next(town: Town) -> None:
    status, document = post(town, "/ivr/step/main?turn=1", **a_call(Digits="1"))

    assert status == 200
    assert "王小明，您好" in document


def test_a_step_that_does_not_exist_is_not_found(town: Town) -> None:
    assert post(town, "/ivr/step/nowhere?turn=1", **a_call())[0] == 404


STRANGE_NUMBERS = (
    "anonymous",
    "restricted",
    "unknown",
    "client:alice",
    "sip:alice@example.com",
    "12",
    "",
    "＋８６１３８",
)


@pytest.mark.parametrize("number", [*STRANGE_NUMBERS, "+" * 60, "+" + "1" * 200])
def test_callers_with_strange_numbers_are_greeted_and_can_book_by_serial_number(town: Town, number: str) -> None:
    call = town.phone(number).dial(town.hotline)

    call.hears("您好，这里是一呼即到服务热线")
    for keys in ("1", "901234#", "1", "13900000077#", "1", "1", "2", "2", "1"):
        call.press(keys)

    call.hears("预约好了")
    call.hang_up()
    town.tick()


def test_a_name_that_is_markup_is_spoken_as_words(town: Town) -> None:
    """Whoever writes a name into a form writes neither TwiML nor SSML into somebody's call."""
    name = '</Say><Dial>+19005550100</Dial><Say><break time="9s"/>&'
    with town.services.database.writing() as session:
        session.query(Customer).filter(Customer.number == "C1").one().name = name

    _, answer = post(town, "/ivr/answer", **a_call())

    document = ET.fromstring(answer)  # noqa: S314 (the answer of the app under test)
    assert name in "".join(document.itertext())
    assert {element.tag for element in document.iter()} & {"Dial", "break"} == set()


def test_optional_parameters_may_be_missing_and_unknown_ones_may_come(town: Town) -> None:
    status, document = post(town, "/ivr/answer", CallSid="CA" + "2" * 32, StirVerstat="TN-Validation-Passed-A", Neu="☎")

    assert status == 200
    assert "您好" in document


def test_a_chosen_language_is_remembered_for_the_next_call(town: Town) -> None:
    first = town.phone(WANG).dial(town.hotline)
    first.press("9")
    first.hears("To report a fault, press 1")
    first.hang_up()

    second = town.phone(WANG).dial(town.hotline)

    second.hears("Hello Wang Xiaoming")
    second.hang_up()
    with town.services.database.reading() as session:
        call = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert call is not None
        assert call.language is Language.EN


def test_a_wrong_serial_number_twice_leads_to_a_message(town: Town) -> None:
    call = town.phone("+447700900123").dial(town.hotline)

    for keys in ("1", "000000#", "111111#"):
        call.press(keys)

    call.hears("还是没有找到，请同事帮您查")
    call.hears("请在提示音后留言")
    call.say_after_tone("序列号看不清楚")
    call.hears("留言已收到")
    call.stay_silent()
    call.ends()


def test_a_wrong_key_is_named_and_the_menu_said_again(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)

    call.press("7")

    call.hears("对不起，没有这个选项")
    call.hears("报修请按1")
    call.hang_up()


def test_the_star_key_leads_back_menu_by_menu(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("1")
    call.hears("您要报修哪一台机器")
    call.press("1")
    call.hears("请选择故障类型")

    call.press("*")
    call.hears("您要报修哪一台机器")
    call.press("*")
    call.hears("报修请按1")
    call.press("*")

    call.hears("报修请按1")
    call.hang_up()


def test_a_fault_solved_by_phone_closes_the_request_without_a_visit(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for keys in ("1", "1", "1"):
        call.press(keys)

    call.press("1")

    call.hears("已记录为电话解决")
    call.stay_silent()
    call.ends()
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.close_reason == "solved_by_phone"


def windows_in(sentences: list[str]) -> set[str]:
    return {match[1] for sentence in sentences if (match := re.match("(.*点.*点)，请按", sentence))}


def test_asking_for_other_times_never_repeats_a_window_until_there_are_no_more(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for keys in ("1", "1", "1", "2", "2"):
        call.press(keys)
    first = windows_in(call.listen())

    call.press("4")

    second = windows_in(call.listen())
    assert len(first) == len(second) == 3
    assert not first & second
    call.hang_up()


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 1, 0, 0, 1), (0,), (1,)], ids=str)
def test_recording_and_end_of_a_call_are_taken_in_whatever_order_twice_and_one_without_the_other(
    town: Town, order: tuple[int, ...]
) -> None:
    """Of the callbacks that wait 0 is the recording's and 1 the end of the call; what is left out is lost."""
    call = town.phone(WANG).dial(town.hotline)
    call.press("0")
    call.hears("请在提示音后留言")
    call.say_after_tone("请尽快派人来")
    town.exchange.callbacks.hold()
    call.stay_silent()
    call.ends()
    assert [webhook.kind for webhook in town.exchange.callbacks.waiting] == ["recording", "call-status"]

    town.exchange.callbacks.release(order)

    with town.services.database.reading() as session:
        stored = session.scalars(select(Call)).one()
        assert [recording.is_ready for recording in stored.recordings] == [0 in order]
        assert (stored.state is CallState.ENDED) == (1 in order)
        assert stored.outcome == ("voicemail" if 1 in order else None)
        assert session.scalar(select(func.count()).select_from(CallBack)) == 1
