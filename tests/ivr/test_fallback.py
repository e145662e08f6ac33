"""When a step fails the caller is still answered, once, and what he says is not lost (DESIGN rule 11)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from ivr.fallback import apology, create_fallback_app
from ivr.twiml_gate import find_faults
from models import Call, ServiceRequest
from models.database import Database
from simulator.exchange import Exchange, Hotline
from simulator.telephone import Telephone
from simulator.transport import WsgiTransport
from tests.town import ACCOUNT, ADDRESS, HOTLINE, TOKEN, Town

WANG = "+8613800000001"


@contextmanager
def a_database_that_is_down(town: Town) -> Iterator[None]:
    """Let every transaction of the app fail, as production would live through it."""
    real = town.app.extensions["onecall"]
    broken = Database("sqlite:////nowhere/at/all.sqlite3")
    town.app.extensions["onecall"] = replace(real, database=broken)
    town.app.testing = False
    try:
        yield
    finally:
        town.app.extensions["onecall"] = real
        town.app.testing = True
        broken.close()
    # Twilio sees the call's end refused, which is right: there was nowhere to write it down.
    assert all("call-status: answered 500" in finding.message for finding in town.exchange.findings.found)
    town.exchange.findings.found.clear()


def leave_a_message(call_is_answered_by: Telephone, hotline: Hotline) -> None:
    call = call_is_answered_by.dial(hotline)
    call.hears("很抱歉，系统暂时有问题")
    call.hears("something is wrong at our end")
    call.say_after_tone("投影机坏了，请回电", seconds=9)
    call.hears("留言已收到，我们马上给您回电")
    assert call.ends().by == "hotline"


def test_a_caller_while_the_database_is_down_leaves_a_message_that_becomes_a_request(town: Town) -> None:
    with a_database_that_is_down(town):
        leave_a_message(town.phone(WANG), town.hotline)
    called_at = town.clock.now()

    town.wait(30)

    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.channel == "voicemail"
        assert request.opened_at <= called_at, "the clock starts with the call, not with the repair"
        assert request.customer is not None
        call = session.scalars(select(Call)).one()
        assert call.outcome == "voicemail"
        assert call.recordings[0].duration_seconds == 9
    assert not town.services.spool_file.exists()
    town.phone(WANG).receives("您的留言已收到")


def test_a_spool_read_twice_makes_each_request_once(town: Town) -> None:
    with a_database_that_is_down(town):
        leave_a_message(town.phone(WANG), town.hotline)
    spooled = town.services.spool_file.read_text("utf-8")
    town.wait(1)

    town.services.spool_file.write_text(spooled, "utf-8")
    town.wait(1)

    with town.services.database.reading() as session:
        assert len(session.scalars(select(ServiceRequest)).all()) == 1


def test_a_spool_line_that_cannot_be_read_is_kept_and_named(town: Town) -> None:
    town.services.spool_file.parent.mkdir(exist_ok=True)
    town.services.spool_file.write_text("not json\n", "utf-8")

    town.tick()

    aside = town.services.spool_file.with_name("voicemails.jsonl.taking-in")
    assert aside.read_text("utf-8") == "not json\n"


def test_the_fallback_answers_from_a_process_without_database(town: Town) -> None:
    spool = town.services.spool_file.parent
    app = create_fallback_app(public_base_url=ADDRESS, auth_token=TOKEN, spool_folder=spool, now=town.clock.now)
    exchange = Exchange(WsgiTransport(app, ADDRESS), TOKEN, account_sid=ACCOUNT, clock=town.clock, seed=2)
    hotline = exchange.add_hotline(
        Hotline(number=HOTLINE, voice_url=f"{ADDRESS}/ivr/fallback", voice_fallback_url=f"{ADDRESS}/ivr/fallback")
    )

    leave_a_message(Telephone(number=WANG, exchange=exchange), hotline)

    town.wait(1)
    with town.services.database.reading() as session:
        assert session.scalars(select(ServiceRequest)).one().channel == "voicemail"


@pytest.mark.parametrize("path", ["/ivr/fallback", "/ivr/fallback/voicemail"])
def test_an_unsigned_fallback_is_refused_and_writes_nothing(town: Town, path: str) -> None:
    response = town.app.test_client().post(path, data={"CallSid": "CA1", "RecordingSid": "RE1"})

    assert response.status_code == 403
    assert not town.services.spool_file.exists()


def test_the_apology_passes_the_gate() -> None:
    assert find_faults(apology(ADDRESS)) == ()
