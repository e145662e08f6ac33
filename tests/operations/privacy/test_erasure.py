"""One person's data is copied and erased wherever it stands, and what was proven stays provable (S1)."""

import copy
import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.erase_personal_data import erase_old_details, erase_personal_files
from models import (
    Agent,
    Base,
    Call,
    Complaint,
    Customer,
    InboundMessage,
    Message,
    Recording,
    ServiceRequest,
    Shift,
    StatusEvent,
    StoredFile,
    Technician,
    User,
)
from models.database import Database
from operations.aftercare.own_requests import withdraw_request
from operations.foundation.events import find_broken_link
from operations.office.proofs import issue_proof
from operations.office.soundness import find_flaws
from operations.people.users import (
    SignInRefused,
    add_user,
    check_sign_in,
    note_sign_in,
    set_email,
    switch_user,
)
from operations.privacy.erasure import ErasedAlready, MattersOpen, erase_customer, erase_technician, erase_user
from operations.privacy.personal_copy import copy_person
from operations.privacy.persons import customer_as_person, technician_as_person
from operations.telephone.recordings import list_expired_recordings
from policies.channels import Channel
from policies.complaints import ComplaintCategory, ComplaintState
from policies.files import FileKind
from policies.languages import Language
from policies.message_states import MessageState
from policies.person_queue import AgentState
from policies.roles import Role
from tests.factories.instants import NIGHT
from tests.factories.looking import looking
from tests.town import Town
from tests.web.offices import call_and_book

PHONE, NAME, NAME_EN, STREET, STREET_EN = (
    "13800000001",
    "王小明",
    "Wang Xiaoming",
    "南京西路1号",
    "1 Nanjing West Road",
)
"""How the town's first household can be known."""
PHOTO = "a" * 40
VERIFIER = Path(__file__).resolve().parents[3] / "verify_proof.py"


def mentions(database: Database) -> dict[str, list[str]]:
    """Return table → rows that still tell who the first household is."""
    with database.reading() as session:
        found = {
            table.name: [
                row
                for row in map(str, session.execute(select(table)).all())
                if any(word in row for word in (PHONE, NAME, NAME_EN, STREET, STREET_EN))
            ]
            for table in Base.metadata.sorted_tables
        }
    return {name: rows for name, rows in found.items() if rows}


def household(session: Session) -> Customer:
    return session.scalars(select(Customer).where(Customer.number == "C1")).one()


@pytest.fixture
def served(town: Town) -> Town:
    """The household called, booked, wrote, complained, sent a photo, was recorded; another one called too."""
    request_id = call_and_book(town).id
    call_and_book(town, "+862160000002")
    now = town.clock.now()
    with town.services.database.writing() as session:
        call = session.scalars(select(Call).where(Call.request_id == request_id)).one()
        session.add_all(
            (
                StoredFile(
                    key=PHOTO, request_id=request_id, kind=FileKind.FAULT, content_type="image/jpeg", size_bytes=1,
                    width_pixels=1, height_pixels=1, made_by="customer", made_at=now, received_at=now,
                ),
                Recording(call_id=call.id, recording_sid="RE" + "1" * 32, is_ready=True, recorded_at=now),
                InboundMessage(
                    message_sid="SM1", from_number=f"+86{PHONE}", body=f"{NAME}, {STREET}", understood_as="words",
                    customer_id=call.customer_id, received_at=now,
                ),
                Complaint(
                    number="12345678", category=ComplaintCategory.OTHER, state=ComplaintState.CLOSED,
                    channel=Channel.HOTLINE, language=Language.ZH, contact_phone=f"+86{PHONE}",
                    customer_id=call.customer_id, opened_at=now, closed_at=now, words=f"{NAME} waits", our_side=NAME,
                ),
            )
        )  # fmt: skip
    town.services.files.write(PHOTO, b"a picture")
    return town


def withdraw(town: Town) -> None:
    """The household calls its visit off."""
    with town.services.database.writing() as session:
        request = session.scalars(
            select(ServiceRequest).where(ServiceRequest.customer_id == household(session).id)
        ).one()
        withdraw_request(
            session, request=request, house=town.services.house, now=town.clock.now(), source="test", actor="clerk"
        )


def erase(town: Town) -> dict[str, int]:
    with town.services.database.writing() as session:
        return erase_customer(session, customer=household(session), by="manager", now=town.clock.now())


def test_nothing_tells_any_more_who_an_erased_customer_was(served: Town) -> None:
    withdraw(served)
    database = served.services.database
    assert len(mentions(database)) > 8

    counts = erase(served)

    # What answers a repeated webhook is forgotten within two days, whoever called.
    assert set(mentions(database)) <= {"webhook_claims"}
    assert counts["calls"] == 1
    with looking(database) as session:
        other = session.scalars(select(Customer).where(Customer.number == "C2")).one()
        assert other.name == "上海一中"
        assert other.phones
        events = session.scalars(select(StatusEvent)).all()
        assert [event.subject for event in events if find_broken_link(session, subject=event.subject)] == []
        assert find_flaws(session, now=served.clock.now()) == []
        waiting = [MessageState.PENDING, MessageState.CLAIMED]
        sent_on = session.scalars(select(Message).where(Message.state.in_(waiting), Message.to_number == "")).all()
        assert sent_on == []
        assert household(session).erased_at == served.clock.now()


def test_the_proof_of_an_erased_customer_holds_for_a_stranger_who_has_the_verifier_alone(
    served: Town, tmp_path: Path
) -> None:
    withdraw(served)
    before = certify(served)
    erase(served)
    after = certify(served)
    altered = copy.deepcopy(after)
    altered["chains"][0]["events"][1]["actor"] = "somebody else"

    assert after["chains"] == before["chains"]
    assert after["clocks"] == before["clocks"]
    for proof in (before, after):
        assert verify(tmp_path, proof, served.services.signer.public_key) == (0, "")
    code, found = verify(tmp_path, altered, served.services.signer.public_key)
    assert code == 1
    assert "event 1 (" in found


def certify(town: Town) -> dict[str, Any]:
    with looking(town.services.database) as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).first()
        assert request is not None
        return issue_proof(
            session, request=request, signer=town.services.signer, house=town.services.house, now=town.clock.now()
        )


def verify(folder: Path, proof: dict[str, Any], key: str) -> tuple[int, str]:
    """Check a certificate as somebody would who has only Python and the two files; return what was found wrong."""
    shutil.copy(VERIFIER, folder)
    (folder / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    # Isolated: nothing is found that is not in the standard library.
    command = [sys.executable, "-I", "-S", "verify_proof.py", "proof.json", "--key", key]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not ran.stderr
    return ran.returncode, "\n".join(line for line in ran.stdout.splitlines() if line.startswith("NOT RIGHT"))


def test_photos_and_recordings_of_an_erased_customer_go_with_the_next_run(served: Town) -> None:
    withdraw(served)
    with looking(served.services.database) as session:
        assert list_expired_recordings(session, now=served.clock.now()) == []
    erase(served)

    assert erase_personal_files(served.services) == 1

    assert not served.services.files.has(PHOTO)
    with looking(served.services.database) as session:
        assert [one.recording_sid for one in list_expired_recordings(session, now=served.clock.now())]
        assert session.scalars(select(StoredFile.erased_at)).one() is not None
    assert erase_personal_files(served.services) == 0


def test_nobody_is_erased_while_something_is_promised_and_nobody_twice(served: Town) -> None:
    before = mentions(served.services.database)

    with pytest.raises(MattersOpen):
        erase(served)

    assert mentions(served.services.database) == before
    withdraw(served)
    erase(served)
    with pytest.raises(ErasedAlready):
        erase(served)


def test_a_copy_holds_every_table_that_knows_the_person_and_nobody_else(served: Town) -> None:
    known = set(mentions(served.services.database)) - {"webhook_claims"}

    with looking(served.services.database) as session:
        copy = copy_person(session, customer_as_person(session, customer=household(session)))

    assert known <= {table for table, rows in copy.items() if rows}
    assert "上海一中" not in str(copy)
    assert "secret_hash" not in str(copy)


def test_a_number_two_customers_share_gives_neither_the_others_calls(served: Town) -> None:
    with served.services.database.writing() as session:
        one = household(session)
        other = session.scalars(select(Customer).where(Customer.number == "C3")).one()
        other.phones[0].number = one.phones[0].number
        session.flush()
        call = session.scalars(select(Call).where(Call.customer_id == one.id)).one()
        call.customer_id = call.request_id = None
        session.flush()

        rows: Any = customer_as_person(session, customer=one).rows

        assert session.scalars(select(Call).where(rows[Call])).all() == []


def test_what_was_closed_long_ago_forgets_whom_it_was_about(served: Town) -> None:
    withdraw(served)
    served.clock.set(served.clock.now() + dt.timedelta(days=4 * 365))

    assert erase_old_details(served.services) > 0

    left = mentions(served.services.database)
    # The other customer's open request keeps its own; the household is still served, so its file stays.
    assert set(left) <= {"customers", "customer_phones", "sites", "webhook_claims"}
    assert erase_old_details(served.services) == 0
    with looking(served.services.database) as session:
        subjects = set(session.scalars(select(StatusEvent.subject)))
        assert [one for one in subjects if find_broken_link(session, subject=one) is not None] == []
        still_open = select(ServiceRequest).where(ServiceRequest.state != "closed")
        assert all(request.contact_phone for request in session.scalars(still_open))


def test_a_technician_who_has_left_is_erased_and_one_with_shifts_to_come_is_not(town: Town) -> None:
    database = town.services.database
    with database.writing() as session:
        worker = session.scalars(select(Technician).where(Technician.number == "T3")).one()
        with pytest.raises(MattersOpen):
            erase_technician(session, technician=worker, by="manager", now=town.clock.now())
        for shift in session.scalars(select(Shift).where(Shift.technician_id == worker.id)):
            session.delete(shift)
        session.flush()
        copy = copy_person(session, technician_as_person(session, technician=worker))
        assert copy["technicians"][0]["name_en"] == "Sam Okafor"

        erase_technician(session, technician=worker, by="manager", now=town.clock.now())

    with looking(database) as session:
        worker = session.scalars(select(Technician).where(Technician.number == "T3")).one()
        everything = str(session.execute(select(Base.metadata.tables["technicians"])).all())
    assert (worker.name, worker.name_en) == ("–", "–")
    assert "Okafor" not in everything
    assert "+8613900000003" not in everything
    assert (worker.home_latitude, worker.home_longitude) == (31.2, 121.4)


def test_of_a_user_who_has_left_what_they_signed_in_with_goes_and_what_they_decided_stays_signed(
    database: Database,
) -> None:
    with database.writing() as session:
        left, stays = (
            add_user(
                session,
                display_name=name.title(),
                password="correct horse",
                role=Role.CLERK,
                name=name,
                language=Language.EN,
            )
            for name in ("left", "stays")
        )
        session.flush()
        for user, phone in ((left, "+8613900000008"), (stays, "+8613900000009")):
            set_email(session, user=user, email=f"{user.name}@example.com", now=NIGHT, actor="admin")
            note_sign_in(session, user_id=user.id, address="192.0.2.7", now=NIGHT)
            session.add(
                Agent(user_id=user.id, phone=phone, takes_complaints=False, state=AgentState.AVAILABLE, since_at=NIGHT)
            )
        session.flush()
        with pytest.raises(MattersOpen, match="left"):
            erase_user(session, user=left, by="admin", now=NIGHT)
        switch_user(session, user=left, is_active=False, now=NIGHT, actor="admin")
        session.flush()

        erase_user(session, user=left, by="admin", now=NIGHT)

    with looking(database) as session:
        gone, here = session.scalars(select(User).order_by(User.name)).all()
        agents = {agent.user_id: (agent.phone, agent.state) for agent in session.scalars(select(Agent))}
        signed_in = session.scalars(select(StatusEvent).where(StatusEvent.kind == "signed_in")).all()
        assert (gone.name, gone.display_name, gone.email, gone.totp_secret) == ("left", "Left", None, None)
        assert (here.email, agents[here.id]) == ("stays@example.com", ("+8613900000009", AgentState.AVAILABLE))
        assert agents[gone.id] == ("", AgentState.AWAY)
        assert {event.subject: bool(event.personal) for event in signed_in} == {
            f"user:{gone.id}": False,
            f"user:{here.id}": True,
        }
        assert list(find_flaws(session, now=NIGHT)) == []
        with pytest.raises(SignInRefused):
            check_sign_in(session, name="left", password="")
        with pytest.raises(ErasedAlready):
            erase_user(session, user=gone, by="admin", now=NIGHT)
