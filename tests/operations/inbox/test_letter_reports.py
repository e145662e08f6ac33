"""A fault reported by e-mail or chat becomes a request, or a question back in the same thread (H16)."""

from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from integrations.files.folder import FolderFiles
from models import Asset, CallBack, Commitment, InboundMessage, Message, ServiceRequest, StoredFile
from models.database import Database
from operations.inbox.inbound_letters import Arrived, arrive_by_mail, take_letter
from operations.inbox.letter_reports import REPORTS_PER_DAY
from policies.channels import Channel
from policies.commitments import CommitmentKind, CommitmentState
from policies.files import FileKind
from policies.languages import Language
from policies.letters import Attachment, Letter
from policies.message_channels import MessageChannel
from tests.factories.city import HOUSE, City, make_city
from tests.factories.instants import hours, monday
from tests.factories.looking import looking
from tests.factories.pictures import photo
from tests.prepared import prepare

NINE = monday(9)
WRITER = "wang@example.com"
_ids = (f"<{number}@example.com>" for number in count())


@pytest.fixture
def city(database: Database) -> City:
    return prepare(database, make_city, customers=2, days=1)


def phone_of(database: Database, asset: Asset) -> str:
    with looking(database) as session:
        return session.get_one(Asset, asset.id).customer.phones[0].number


def details(database: Database, asset: Asset) -> str:
    return f"序列号{asset.serial}，电话{phone_of(database, asset)}"


def write(
    database: Database,
    body: str,
    *,
    channel: MessageChannel = MessageChannel.EMAIL,
    writer: str = WRITER,
    after_hours: float = 0,
    subject: str = "投影机",
) -> InboundMessage:
    with database.writing() as session:
        arrived = Arrived(channel, next(_ids), writer, subject, body)
        letter = take_letter(session, arrived=arrived, house=HOUSE, now=NINE + hours(after_hours))
        session.flush()
        session.expunge_all()
        return letter


def requests(session: Session) -> list[ServiceRequest]:
    return session.query(ServiceRequest).order_by(ServiceRequest.id).all()


def answers(database: Database) -> list[str]:
    with looking(database) as session:
        return [one.template for one in session.query(Message).order_by(Message.id)]


@pytest.mark.parametrize("channel", [MessageChannel.EMAIL, MessageChannel.CHAT])
def test_a_report_with_serial_and_number_opens_its_request_and_says_where_to_choose_a_time(
    database: Database, city: City, channel: MessageChannel
) -> None:
    asset = city.assets[0]
    letter = write(database, f"我要报修，{city.fault.name}。{details(database, asset)}", channel=channel)

    with looking(database) as session:
        (request,) = requests(session)
        assert (request.channel, request.asset_id, request.fault_category_id, request.contact_phone) == (
            Channel.EMAIL if channel is MessageChannel.EMAIL else Channel.CHAT,
            asset.id,
            city.fault.id,
            phone_of(database, asset),
        )
        assert (letter.request_id, letter.is_waiting, letter.settled_by) == (request.id, False, "onecall")
        answer = session.query(Message).one()
        assert (answer.template, answer.channel, answer.to_number) == ("letter_reported", channel, WRITER)
        assert request.number in answer.body
        assert "/v/" in answer.body
        assert session.query(CallBack).count() == 0
        clocks = session.query(Commitment).filter_by(kind=CommitmentKind.EMAIL)
        assert [clock.state for clock in clocks] == ([CommitmentState.MET] if channel is MessageChannel.EMAIL else [])


def test_what_is_missing_is_asked_for_and_the_next_letter_completes_it(database: Database, city: City) -> None:
    asset = city.assets[0]

    first = write(database, "The projector is not working, please repair it", subject="Projector")
    second = write(database, asset.serial, after_hours=1)
    third = write(database, f"Re: {phone_of(database, asset)}", after_hours=2)

    assert answers(database) == ["letter_question", "letter_question", "letter_reported"]
    assert (first.understood_as, first.is_waiting, second.is_waiting) == ("report", True, True)
    with looking(database) as session:
        (request,) = requests(session)
        kept = session.query(InboundMessage).all()
        assert {(one.request_id, one.is_waiting) for one in kept} == {(request.id, False)}
        assert third.request_id == request.id
        asked = session.query(Message).order_by(Message.id).first()
        assert asked is not None
        assert (asked.language, "serial number" in asked.body, "telephone number" in asked.body) == (
            Language.EN,
            True,
            True,
        )
        # Nobody said what is wrong: we call and ask.
        assert session.query(CallBack).filter_by(request_id=request.id).count() == 1


def test_a_machine_with_an_open_request_is_not_reported_twice(database: Database, city: City) -> None:
    body = f"报修 {city.fault.name} {details(database, city.assets[0])}"

    letters = [write(database, body), write(database, body), write(database, body, writer="li@example.com")]

    with looking(database) as session:
        (request,) = requests(session)
    assert {one.request_id for one in letters} == {request.id}


def test_nobody_reports_for_somebody_else_and_guessing_ends(database: Database, city: City) -> None:
    mine, theirs = city.assets
    mixed = f"报修 序列号{theirs.serial}，电话{phone_of(database, mine)}"
    for number in range(REPORTS_PER_DAY):
        write(database, f"{mixed} {number}", writer="guesser@example.com")

    write(database, f"报修 {details(database, theirs)}", writer="guesser@example.com")

    with looking(database) as session:
        assert requests(session) == []
        assert session.query(InboundMessage).filter_by(is_waiting=True).count() == REPORTS_PER_DAY + 1
    write(database, f"报修 {details(database, theirs)}")
    with looking(database) as session:
        assert len(requests(session)) == 1


def test_a_question_without_a_fault_waits_for_a_person_as_before(database: Database, city: City) -> None:
    letter = write(database, f"投影机怎么连手机？{details(database, city.assets[0])}")

    assert (letter.understood_as, letter.is_waiting) == ("from_customer", True)
    assert answers(database) == ["letter_received"]


def test_what_came_with_a_letter_is_kept_by_its_content_and_found_at_the_request(
    database: Database, city: City, tmp_path: Path
) -> None:
    files, asset = FolderFiles(tmp_path), city.assets[0]
    attachments = (
        Attachment("照片.exe", photo()),
        Attachment("copy.jpg", photo()),
        Attachment("发票.pdf", b"%PDF-1.7 ..."),
        Attachment("photo.jpg", b"MZ\x90 not a picture"),
        Attachment("huge.pdf", b"%PDF-" + bytes(13 * 1024 * 1024)),
    )
    letter = Letter("<a@x>", WRITER, "投影机", "坏了", is_automatic=False, attachments=attachments)

    arrived = arrive_by_mail(letter, files=files)
    for _ in range(2):
        with database.writing() as session:
            take_letter(session, arrived=arrived, house=HOUSE, now=NINE)
    write(database, details(database, asset), after_hours=1)

    with looking(database) as session:
        (request,) = requests(session)
        kept = session.query(StoredFile).order_by(StoredFile.id).all()
        assert [(one.content_type, one.kind, one.request_id) for one in kept] == [
            ("image/jpeg", FileKind.ATTACHMENT, request.id),
            ("application/pdf", FileKind.ATTACHMENT, request.id),
        ]
        assert session.query(InboundMessage).filter_by(message_sid="email:<a@x>").one().left_out == 3
    assert files.read(kept[1].key) == b"%PDF-1.7 ..."
    assert b"MakerOfTelephones" not in files.read(kept[0].key)
