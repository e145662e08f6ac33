"""The signed hooks of mail and chat gateways, end to end (H16, S2)."""

from __future__ import annotations

import json
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import Commitment, InboundMessage, Message, StatusEvent
from operations.inbox.message_desk import answer_text, settle_text
from operations.matters.requests import open_request
from outbox.enqueue import enqueue_message
from policies.channels import Channel
from policies.commitments import CommitmentKind, CommitmentState
from policies.languages import Language
from policies.letters import LARGEST_BYTES, LetterUnreadable, read_letter, reply_subject
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.signed_hooks import sign_hook
from tests.town import ADDRESS, Town

SECRET = "s" * 40


@pytest.fixture
def town(town: Town) -> Town:
    """The town, with a secret for its gateways."""
    town.app.extensions["onecall"] = replace(town.services, hook_secret=SECRET)
    return town


def post(town: Town, path: str, body: bytes, *, secret: str = SECRET, age_seconds: int = 0) -> TestResponse:
    sent_at = str(int(town.clock.now().timestamp()) - age_seconds)
    signature = sign_hook(secret=secret, sent_at=sent_at, body=body)
    headers = {"X-OneCall-Timestamp": sent_at, "X-OneCall-Signature": signature, "Content-Type": "application/json"}
    return town.app.test_client().post(f"/channels/{path}", data=body, headers=headers, base_url=ADDRESS)


def mail(words: str = "投影机怎么连手机？", *, message_id: str = "<1@example.com>", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "王 <Wang@Example.com>", "service@onecall.example", "请教"
    message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return message.as_bytes()


def chat(text: str = "师傅几点到", *, message_id: str = "m1") -> bytes:
    return json.dumps({"id": message_id, "from": "openid-7", "text": text}).encode()


def letters(town: Town) -> list[InboundMessage]:
    with town.services.database.reading() as session:
        found = list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))
        session.expunge_all()
    return found


def acknowledgements(town: Town) -> list[tuple[MessageChannel, str]]:
    with town.services.database.reading() as session:
        found = session.scalars(select(Message).where(Message.template == "letter_received").order_by(Message.id))
        return [(message.channel, message.to_number) for message in found]


def test_an_email_is_kept_once_acknowledged_once_and_waits_for_a_person(town: Town) -> None:
    answers = [post(town, "mail", mail()).status_code for _ in range(2)]
    post(town, "mail", mail("还有一个问题", message_id="<2@example.com>"))

    assert answers == [204, 204]
    first, second = letters(town)
    assert (first.from_number, first.subject, first.body) == ("wang@example.com", "请教", "投影机怎么连手机？")
    assert first.is_waiting
    assert second.is_waiting
    assert acknowledgements(town) == [(MessageChannel.EMAIL, "wang@example.com")]


def test_an_answer_goes_back_by_email_and_meets_the_clock_of_a_day(town: Town) -> None:
    post(town, "mail", mail())
    with town.services.database.writing() as session:
        letter = session.scalars(select(InboundMessage)).one()
        answer_text(session, text=letter, words="请打开无线投屏。", by="clerk", now=town.clock.now())

    with town.services.database.reading() as session:
        answer = session.scalars(select(Message).where(Message.template == "desk_answer")).one()
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.EMAIL)).one()
        assert (answer.channel, answer.to_number) == (MessageChannel.EMAIL, "wang@example.com")
        assert answer.body.startswith("Re: 请教\n\n请打开无线投屏。")
        assert clock.state is CommitmentState.MET


def write_about_two_matters(town: Town, address: str) -> list[int]:
    """We have written to this address about one matter, and later about another; both e-mails have left."""
    now, ids = town.clock.now(), []
    with town.services.database.writing() as session:
        for number in (1, 2):
            request = open_request(
                session, channel=Channel.DESK, language=Language.ZH, opened_at=now, now=now, answered_by="clerk",
                contact_phone=None,
            )  # fmt: skip
            message = enqueue_message(
                session, event=f"matter:{number}", recipient=f"number:{address}", to_number=address,
                language=Language.ZH, template="letter_received", values={"subject": "门禁", "hotline": "1"}, now=now,
                expires_at=now, request_id=request.id, channel=MessageChannel.EMAIL,
            )  # fmt: skip
            assert message is not None
            message.message_sid, message.state = f"<onecall.90{number}@onecall.example>", MessageState.SENT
            session.flush()
            ids.append(request.id)
    return ids


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": "<onecall.901@onecall.example>"},
        {"References": "<onecall.901@onecall.example> <CAF+t7=xYz_4@mail.gmail.com>"},
        {
            "In_Reply_To": "<tencent_6A1F0C@qq.com>",
            "References": "<onecall.902@onecall.example> <onecall.901@onecall.example> <tencent_6A1F0C@qq.com>",
        },
    ],
    ids=["the answer of a telephone", "the second of a chain", "the nearest of ours in a long chain"],
)
def test_an_answer_without_a_number_lands_at_the_matter_it_answers(town: Town, headers: dict[str, str]) -> None:
    first, _ = write_about_two_matters(town, "wang@example.com")

    post(town, "mail", mail("好的，谢谢", **headers))

    assert letters(town)[-1].request_id == first


def test_an_answer_to_nothing_of_ours_lands_at_the_last_matter_and_a_strangers_at_none(town: Town) -> None:
    _, second = write_about_two_matters(town, "wang@example.com")
    folded = mail(In_Reply_To="<else@example.com>").replace(b"From: ", b"References: <a@x>\r\n <b@x>\r\nFrom: ", 1)
    stranger = mail(message_id="<9@x>", In_Reply_To="<onecall.901@onecall.example>").replace(b"Wang@", b"Zhao@")

    for body in (folded, stranger):
        assert post(town, "mail", body).status_code == 204

    assert [one.request_id for one in letters(town)] == [second, None]


def test_the_ids_of_a_chain_are_read_nearest_first_however_it_is_folded() -> None:
    raw = mail(In_Reply_To="<c@x>").replace(b"From: ", b"References: <a@x>\r\n <b@x>\r\n\t<c@x> junk\r\nFrom: ", 1)

    assert read_letter(raw).answers_to == ("<c@x>", "<b@x>", "<a@x>")
    assert read_letter(mail()).answers_to == ()


def test_an_email_that_needs_no_answer_ends_its_clock_and_breaks_nothing(town: Town) -> None:
    post(town, "mail", mail())
    with town.services.database.writing() as session:
        letter = session.scalars(select(InboundMessage)).one()
        settle_text(session, text=letter, by="clerk", now=town.clock.now())
        settle_text(session, text=letter, by="clerk", now=town.clock.now())

    with town.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.EMAIL)).one()
        kinds = session.scalars(select(StatusEvent.kind).where(StatusEvent.subject == clock.subject)).all()
        assert clock.state is CommitmentState.WITHDRAWN
        assert sorted(kinds) == ["email_received", "email_settled"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.com>"},
        {"Return_Path": "<>"},
    ],
)
def test_what_a_machine_writes_is_kept_and_never_answered(town: Town, headers: dict[str, str]) -> None:
    assert post(town, "mail", mail(**headers)).status_code == 204

    (kept,) = letters(town)
    assert (kept.understood_as, kept.is_waiting) == ("automatic", False)
    assert acknowledgements(town) == []


def test_a_chat_message_is_taken_once_and_a_stop_counts_for_chat(town: Town) -> None:
    for body in (chat(), chat(), chat("退订", message_id="m2"), chat("在吗", message_id="m3")):
        assert post(town, "chat", body).status_code == 204

    assert [one.understood_as for one in letters(town)] == ["from_customer", "stop", "from_customer"]
    town.tick()
    with town.services.database.reading() as session:
        sent = session.scalars(select(Message).where(Message.channel == MessageChannel.CHAT)).all()
        assert [message.error for message in sent] == ["opted_out"]


@pytest.mark.parametrize("path", ["mail", "chat"])
def test_nobody_gets_in_without_the_secret_or_with_an_old_signature(town: Town, path: str) -> None:
    body = mail() if path == "mail" else chat()

    assert post(town, path, body, secret="x" * 40).status_code == 403
    assert post(town, path, body, age_seconds=301).status_code == 403
    assert post(town, path, body, age_seconds=-301).status_code == 403
    client = town.app.test_client()
    assert client.post(f"/channels/{path}", data=body, base_url=ADDRESS).status_code == 403
    town.app.extensions["onecall"] = replace(town.services, hook_secret=None)
    assert post(town, path, body).status_code == 404
    assert letters(town) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat", b"not json"),
        ("chat", b"[]"),
        ("chat", b'{"id": 7, "from": "x", "text": "y"}'),
        ("chat", b'{"id": "7", "from": "x"}'),
        ("chat", json.dumps({"id": "7", "from": "x", "text": "y" * 4001}).encode()),
        ("mail", b""),
        ("mail", b"From: somebody\n\nhello"),
    ],
)
def test_what_cannot_be_taken_says_what_is_missing_and_leaves_nothing(town: Town, path: str, body: bytes) -> None:
    answer = post(town, path, body)

    assert answer.status_code == 422
    assert answer.text.startswith("not taken: ")
    assert letters(town) == []


def test_a_letter_is_read_whatever_its_form_and_no_bytes_make_us_stumble() -> None:
    page = EmailMessage()
    page["From"], page["Message-ID"] = "a@b.example", "<3@x>"
    page.set_content("<style>p{}</style><p>灯&amp;泡</p>", subtype="html")
    page.add_attachment(b"x", maintype="image", subtype="png", filename="a.png")

    read = read_letter(page.as_bytes())

    assert (read.body, read.is_automatic) == ("灯&泡", False)
    assert [(one.name, one.content) for one in read.attachments] == [("a.png", b"x")]
    strange = b"From: a@b.example\nMessage-ID: <4@x>\nContent-Type: text/plain; charset=martian\n\n\xff\xfe"
    assert read_letter(strange).from_address == "a@b.example"
    with pytest.raises(LetterUnreadable):
        read_letter(b"x" * (LARGEST_BYTES + 1))
    nameless = b"From: a@b.example\n\nhello"
    assert read_letter(nameless).message_id == read_letter(nameless).message_id
    assert read_letter(nameless).message_id != read_letter(nameless + b"!").message_id


@pytest.mark.parametrize("subject", ["门禁", "Re: 门禁", "回复：Re: RE: 门禁"])
def test_an_answers_subject_does_not_grow(subject: str) -> None:
    assert reply_subject(subject) == "门禁"
    assert reply_subject("") == reply_subject(None) == "OneCall"
