"""Certificates on the pages: the office, whoever holds the link, and what anybody needs to check one (K3)."""

import json
import re

import pytest
import segno
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.proofs import anchor_day, chain_message_receipts
from models import Commitment, ServiceRequest, StatusEvent
from operations.clocks.clock_events import pause_clock
from policies.commitments import PauseReason
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from verify_proof import check_proof

WANG = "+8613800000001"


@pytest.fixture
def number(town: Town) -> str:
    """Mr Wang reports a fault and takes the first window; his text has been delivered."""
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "1"):
        call.press(key)
    call.hang_up()
    town.tick()
    chain_message_receipts(town.services)
    with town.services.database.reading() as session:
        return str(session.scalars(select(ServiceRequest.number)).one())


def test_the_office_opens_a_certificate_and_its_file_holds(town: Town, dispatcher: FlaskClient, number: str) -> None:
    with town.services.database.writing() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == "on_site")).one()
        pause_clock(session, commitment=clock, reason=PauseReason.NO_ACCESS, by="zhang", now=town.clock.now())
    page = dispatcher.get(f"/requests/{number}/certificate").text
    assert "On site in 24 h · no access" in page
    proof = json.loads(dispatcher.get(f"/requests/{number}/proof.json").data)

    assert check_proof(proof, town.services.signer.public_key) == []
    assert WANG not in json.dumps(proof)
    for words in ("On site in 24 h", "windows offered", "message delivered", "call received", "<svg"):
        assert words in page, words
    link = re.search(r'href="(/proof/[^"/]+)"', page)
    assert link is not None
    # What the code on the paper says, and what stands beside it in print.
    address = town.services.house.public_base_url + link[1]
    assert f"<code>{address}</code>" in page
    drawn = segno.make(address, error="m").svg_inline(scale=4, svgclass="qr", lineclass="qr-line", omitsize=True)
    assert drawn in page
    assert "Certificate" in dispatcher.get(f"/requests/{number}").text


def test_whoever_holds_the_link_sees_the_same_and_a_guessed_link_nothing(
    town: Town, dispatcher: FlaskClient, stranger: FlaskClient, number: str
) -> None:
    page = dispatcher.get(f"/requests/{number}/certificate").text
    link = re.search(r'href="(/proof/[^"/]+)"', page)
    assert link is not None

    seen = stranger.get(link[1])
    proof = json.loads(stranger.get(f"{link[1]}/proof.json").data)

    assert seen.status_code == 200
    assert WANG not in seen.text
    assert check_proof(proof, town.services.signer.public_key) == []
    for guess in (f"/proof/{number}", f"{link[1]}x", f"/proof/{number}/proof.json"):
        assert stranger.get(guess).status_code == 404
    assert stranger.get(f"/requests/{number}/certificate").status_code == 302
    assert dispatcher.get("/requests/99999999/certificate").status_code == 404


def test_anybody_gets_the_verifier_and_the_anchors_and_a_later_certificate_names_its_anchor(
    town: Town, dispatcher: FlaskClient, stranger: FlaskClient, number: str
) -> None:
    assert anchor_day(town.services) == 0  # the day's anchor was made with the first tick
    town.clock.advance(24 * 3600)
    town.tick()

    published = stranger.get("/anchors.json").json
    proof = json.loads(dispatcher.get(f"/requests/{number}/proof.json").data)

    assert published is not None
    assert published["anchors"][0]["root"] in stranger.get("/anchors").text
    assert "def is_signed" in stranger.get("/verify_proof.py").text
    assert check_proof(proof, published["public_key"], published["anchors"]) == []
    assert proof["anchors"][0]["root"] == published["anchors"][0]["root"]


def test_each_state_of_a_message_enters_the_chain_once_and_without_its_number(town: Town, number: str) -> None:
    again = chain_message_receipts(town.services)

    with town.services.database.reading() as session:
        events = session.scalars(select(StatusEvent).where(StatusEvent.kind.like("message_%"))).all()
        kinds = [event.kind for event in events]
        assert again == 0
        assert number
        assert kinds == ["message_sent", "message_delivered"]
        assert WANG not in json.dumps([event.facts for event in events]) + "".join(event.actor for event in events)


@pytest.mark.parametrize("language", Language)
def test_a_certificate_is_read_in_both_languages(sign_in: SignIn, number: str, language: Language) -> None:
    page = sign_in(Role.AUDITOR, language=language).get(f"/requests/{number}/certificate").text

    assert ("服务凭证" in page) is (language is Language.ZH)
