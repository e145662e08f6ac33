"""A customer's file on the pages: found, read by the office, changed by who may, on record (C1, S1)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.compare_files import compare_files
from models import Asset, ContactChoice, Customer, CustomerPhone, FileLook, PurchaseProof
from operations.messages.greetings import list_greetings_choices
from policies.roles import Role
from policies.segments import Segment
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

SERIAL = "LX-2A345678"


def post(client: FlaskClient, address: str, *, back: str = "/customers/C1", **form: str) -> str:
    answer = client.post(address, data={"csrf_token": read_token(client, back), **form}, follow_redirects=True)
    assert answer.status_code in {200, 422}, answer.status_code
    return answer.text


@pytest.mark.parametrize("words", ["C1", "小明", "13800000001", "2a345678", "南京西路"])
def test_a_customer_is_found_by_whatever_the_caller_says(dispatcher: FlaskClient, words: str) -> None:
    page = dispatcher.get(f"/customers?words={words}").text

    assert "Wang Xiaoming" in page
    assert "Dr Chen" not in page


def test_the_file_shows_calls_requests_and_messages_in_one_history_and_the_look_is_on_record(
    town: Town, dispatcher: FlaskClient
) -> None:
    request = call_and_book(town)

    page = dispatcher.get("/customers/C1").text
    serial = dispatcher.get(f"/customers/assets/{SERIAL}").text

    for words in (request.number, "booked", SERIAL, "message", "+8613800000001"):
        assert words in page
    assert "labour 0 % (the date of purchase is not known)" in serial
    assert request.number in serial
    with town.services.database.reading() as session:
        assert {"customer:C1", f"asset:{SERIAL}"} <= set(session.scalars(select(FileLook.subject)))


def test_a_clerk_makes_somebody_a_vip_with_an_adviser_and_writes_down_a_paper(town: Town, sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    page = post(clerk, "/customers/C1/care", segment="vip", adviser="Lin", reviewed="yes")
    assert "Lin" in page
    assert "2026-11-22" in page
    assert "There is no such day" in post(clerk, "/customers/C1/days", name="birthday", day="02-30")
    assert "birthday 02-29" in post(clerk, "/customers/C1/days", name="birthday", day="02-29")
    address = f"/customers/assets/{SERIAL}"
    paper = {"kind": "invoice", "number": "F-1", "dated_on": "2026-09-01"}
    assert "under warranty" in post(clerk, f"{address}/proofs", back=address, **paper)
    assert "Please give a day" in post(clerk, f"{address}/proofs", back=address, **{**paper, "dated_on": "soon"})

    with town.services.database.reading() as session:
        assert session.scalars(select(Customer).where(Customer.number == "C1")).one().segment is Segment.VIP
        assert session.scalars(select(PurchaseProof)).one().seen_by == "clerk"


def test_a_clerk_notes_who_said_yes_to_greetings_how_and_when_and_takes_it_back(town: Town, sign_in: SignIn) -> None:
    clerk, address = sign_in(Role.CLERK), "/customers/C1/greetings"
    yes = {"phone": "+8613800000001", "welcome": "yes", "way": "in_person"}

    assert "greetings are welcome" in post(clerk, address, **yes)
    page = post(clerk, address, **yes)
    assert page.count("in person · ") == 1, "saying yes twice is one yes"
    page = post(clerk, address, **{**yes, "welcome": "no", "way": "telephone"})
    assert "on the telephone · " in page
    assert "no more greetings" in page

    token = read_token(clerk, "/customers/C1")
    for wrong in ({"phone": "+8613800000003"}, {"way": "page"}):
        assert clerk.post(address, data={"csrf_token": token, **yes, **wrong}).status_code in {404, 422}
    with town.services.database.reading() as session:
        assert session.scalars(select(ContactChoice.care_agreed_at)).all() == [None]
        customer = session.scalars(select(Customer).where(Customer.number == "C1")).one()
        assert [one.kind for one in list_greetings_choices(session, customer=customer)] == [
            "greetings_ended",
            "greetings_agreed",
        ]


def test_two_files_of_one_person_are_merged_and_unmerged_by_who_plans(town: Town, sign_in: SignIn) -> None:
    with town.services.database.writing() as session:
        chen = session.scalars(select(Customer).where(Customer.number == "C3")).one()
        session.add(CustomerPhone(customer_id=chen.id, number="+8613800000001"))
    compare_files(town.services)
    manager, clerk = sign_in(Role.MANAGER), sign_in(Role.CLERK)
    assert "same number" in manager.get("/customers/likenesses").text
    assert "Merge</button>" not in clerk.get("/customers/likenesses").text

    form = {"kept": "C1", "merged": "C3"}
    page = post(manager, "/customers/merges", **form)
    assert "C3 → C1" in page
    assert "LX-2C567890" in page
    again = post(manager, "/customers/merges", **form)
    assert "cannot be merged" in again
    with town.services.database.reading() as session:
        merged = session.scalars(select(Asset.customer_id).where(Asset.serial == "LX-2C567890")).one()
        assert session.get_one(Customer, merged).number == "C1"
    post(manager, "/customers/merges/1")

    assert "LX-2C567890" in manager.get("/customers/C3").text
    token = read_token(clerk, "/customers/C1")
    assert clerk.post("/customers/merges", data={"csrf_token": token, **form}).status_code == 403


def test_a_machine_is_handed_on_to_another_customers_site(dispatcher: FlaskClient) -> None:
    address = f"/customers/assets/{SERIAL}"

    page = post(dispatcher, f"{address}/transfer", back=address, customer="C2", site="C2-1")

    assert "Wang Xiaoming → Shanghai First School" in page
    form = {"csrf_token": read_token(dispatcher, address), "customer": "C2", "site": "C1-1"}
    assert dispatcher.post(f"{address}/transfer", data=form).status_code == 422


def test_an_auditor_reads_and_a_stranger_signs_in_first(sign_in: SignIn, stranger: FlaskClient) -> None:
    auditor = sign_in(Role.AUDITOR)

    page = auditor.get("/customers/C1")

    assert page.status_code == 200
    assert "/customers/C1/care" not in page.text
    assert stranger.get("/customers/C1").status_code == 302
    assert stranger.get(f"/customers/assets/{SERIAL}").status_code == 302
