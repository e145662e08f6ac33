"""Messages that need a person, as the office sees and settles them (H16)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import InboundMessage, Message
from operations.foundation.inbound_rows import keep_inbound
from operations.messages.letter_files import LetterFile, keep_letter_files
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.roles import Role
from simulator.messages import Fate
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

WANG = "+8613800000001"


def post(client: FlaskClient, path: str, **form: str) -> int:
    return client.post(path, data={"csrf_token": read_token(client, "/calls"), **form}).status_code


@pytest.fixture
def written(town: Town) -> Town:
    """Mr Wang books, his confirmation is not delivered, and he writes."""
    town.exchange.messages.fates[WANG] = (Fate.UNDELIVERED, 30003)
    wang = town.phone(WANG)
    call = wang.dial(town.hotline)
    for key in ("1", "1", "2", "1"):
        call.press(key)
    call.hang_up()
    town.wait(1)
    wang.text("<b>门禁</b>密码1234", to=town.hotline)
    town.tick()
    town.exchange.messages.fates.clear()
    return town


def only(town: Town, table: type[InboundMessage] | type[Message]) -> int:
    with town.services.database.reading() as session:
        return session.scalars(select(table.id).order_by(table.id)).first() or 0


@pytest.mark.usefixtures("written")
def test_the_page_shows_what_was_written_and_what_reached_nobody(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/messages").text

    assert "&lt;b&gt;门禁&lt;/b&gt;密码1234" in page
    assert "Wang Xiaoming" in page
    assert "the telephone is switched off or out of reach (provider code 30003)" in page
    assert "undelivered" in page
    assert "Call instead, or send it again later." in page


def test_an_answer_goes_out_on_the_same_channel_once_and_the_text_is_dealt_with(
    written: Town, dispatcher: FlaskClient
) -> None:
    text_id = only(written, InboundMessage)

    assert post(dispatcher, f"/messages/texts/{text_id}/answer", words="  ") == 422
    assert "密码1234" in dispatcher.get("/messages").text
    assert post(dispatcher, f"/messages/texts/{text_id}/answer", words="好的，已转告师傅") == 302
    written.tick()

    written.phone(WANG).receives("好的，已转告师傅")
    assert "密码1234" not in dispatcher.get("/messages").text


def test_what_did_not_arrive_is_sent_again_as_a_message_of_its_own(written: Town, dispatcher: FlaskClient) -> None:
    lost = only(written, Message)

    answers = [post(dispatcher, f"/messages/{lost}/again") for _ in range(2)]
    written.tick()

    assert answers == [302, 302]
    written.phone(WANG).receives("上门")
    with written.services.database.reading() as session:
        again = session.scalars(select(Message).where(Message.business_key.startswith(f"instead:{lost}|"))).all()
        assert [message.state for message in again] == [MessageState.DELIVERED]
        assert session.get_one(Message, lost).state is MessageState.UNDELIVERED


def test_what_did_not_arrive_is_said_by_telephone_and_a_key_says_that_it_was_heard(
    written: Town, dispatcher: FlaskClient
) -> None:
    assert post(dispatcher, f"/messages/{only(written, Message)}/call") == 302
    with written.services.database.reading() as session:
        call = session.scalars(select(Message).where(Message.channel == MessageChannel.VOICE)).one()
        assert "有一条通知。报修单" in call.body
    assert "provider code" not in dispatcher.get("/messages").text


def test_whoever_was_told_otherwise_leaves_the_list(written: Town, dispatcher: FlaskClient) -> None:
    assert post(dispatcher, f"/messages/{only(written, Message)}/told") == 302
    assert post(dispatcher, f"/messages/texts/{only(written, InboundMessage)}/settle") == 302

    page = dispatcher.get("/messages").text
    assert "provider code" not in page
    assert "密码1234" not in page


def test_a_conversation_holds_both_sides_on_every_channel_in_order_and_nobody_elses(
    written: Town, dispatcher: FlaskClient
) -> None:
    with written.services.database.writing() as session:
        letter, _ = keep_inbound(
            session,
            channel=MessageChannel.EMAIL,
            message_sid="email:1@home",
            from_address="wang@home.example",
            body="从邮箱写的",
            understood_as="from_customer",
            now=written.clock.now(),
        )
        letter.customer_id = 1

    page = dispatcher.get("/messages/with/customer/1").text

    assert page.index("上门") < page.index("密码1234") < page.index("短信已收到")
    assert "undelivered" in page
    assert "从邮箱写的" in page
    assert "e-mail · wang@home.example" in page
    assert page.count("/requests/") >= 2, "each leads to its request"
    other = dispatcher.get("/messages/with/customer/2").text
    assert "密码1234" not in other
    assert dispatcher.get(f"/messages/with/number/{WANG}").status_code == 200
    for nobody in ("customer/99", "technician/99", "number/+8613700000000", "cat/1", "customer/x"):
        assert dispatcher.get(f"/messages/with/{nobody}").status_code == 404


def test_an_auditor_reads_and_changes_nothing(written: Town, sign_in: SignIn) -> None:
    auditor = sign_in(Role.AUDITOR)

    assert 'action="/messages' not in auditor.get("/messages").text
    for path in ("1/again", "1/call", "1/told", "texts/1/answer", "texts/1/settle"):
        assert post(auditor, f"/messages/{path}", words="x") == 403
    assert only(written, Message)


def test_what_never_was_cannot_be_acted_on(dispatcher: FlaskClient) -> None:
    for path in ("99/again", "99/call", "99/told", "texts/99/answer", "texts/99/settle"):
        assert post(dispatcher, f"/messages/{path}", words="x") == 404


def test_what_somebody_wrote_stands_on_the_page_of_its_request_with_what_came_with_it(
    written: Town, dispatcher: FlaskClient
) -> None:
    with written.services.database.writing() as session:
        text = session.scalars(select(InboundMessage)).one()
        assert text.request is not None
        number, text.left_out = text.request.number, 2
        kept = LetterFile("a" * 40, "<发票>.pdf", b"%PDF-1.7", "application/pdf")
        keep_letter_files(session, letter=text, files=[kept], now=written.clock.now())
    written.services.files.write(kept.key, kept.content)

    pages = [dispatcher.get(path).text for path in (f"/requests/{number}", "/messages")]
    file = dispatcher.get(f"/files/{kept.key}")

    for page in pages:
        assert "&lt;b&gt;门禁&lt;/b&gt;密码1234" in page
        assert "&lt;发票&gt;.pdf" in page
        assert "2 more files could not be kept" in page
    assert pages[0].index("密码1234") < pages[0].rindex("上门"), "the latest first"
    assert (file.data, file.headers["Content-Disposition"]) == (b"%PDF-1.7", "attachment")


@pytest.mark.usefixtures("written")
def test_whoever_looks_at_a_conversation_is_on_record_and_a_stranger_sees_none(
    dispatcher: FlaskClient, sign_in: SignIn, stranger: FlaskClient
) -> None:
    path = f"/messages/with/number/{WANG}"
    assert stranger.get(path).status_code == 302
    assert "密码1234" in dispatcher.get(path).text

    trail = sign_in(Role.AUDITOR).get("/audit").text

    assert trail.count(f"Conversation {WANG}") == 1
