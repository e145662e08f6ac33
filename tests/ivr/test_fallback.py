"""When a step fails the caller is still answered, once, and what he says is not lost (DESIGN rule 11)."""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ivr.fallback import SPOOL_FILE, apology, create_fallback_app, write_to_spool
from ivr.twiml_gate import find_faults
from models import Call, CallBack, Commitment, Recording, ServiceRequest
from models.database import Database
from policies.call_backs import CallBackReason
from policies.call_states import CallOutcome
from policies.languages import Language
from policies.speech import estimate_seconds
from policies.spool import Spooled
from simulator.call import SimulatedCall
from simulator.exchange import Exchange, Hotline
from simulator.telephone import Telephone
from simulator.transport import WsgiTransport
from tests.databases import ON_SQLITE_ALONE
from tests.town import ACCOUNT, ADDRESS, HOTLINE, TOKEN, Town

WANG = "+8613800000001"
MOST_SECONDS = 20


@contextmanager
def a_database_that_is_down(town: Town) -> Iterator[None]:
    """Let every transaction of the app fail, as production would live through it."""
    real = town.app.extensions["onecall"]
    is_postgresql = real.database.engine.dialect.name == "postgresql"
    broken = Database("postgresql+psycopg://nobody@127.0.0.1:1/none" if is_postgresql else "sqlite:////nowhere/at.all")
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
    call.hears("留言已收到，我们会尽快给您回电")
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
        assert call.recordings[0].is_ready, "somebody can hear it"
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


class Night(NamedTuple):
    """A hotline of which the fallback's own process is all that is left; what it keeps goes to the town's spool."""

    exchange: Exchange
    hotline: Hotline

    def call(self, number: str) -> SimulatedCall:
        return Telephone(number=number, exchange=self.exchange).dial(self.hotline)


@pytest.fixture
def night(town: Town) -> Night:
    spool = town.services.spool_file.parent
    app = create_fallback_app(public_base_url=ADDRESS, auth_token=TOKEN, spool_folder=spool, now=town.clock.now)
    # What Twilio refuses leads to the fallback as well: here a voice that does not exist.
    app.add_url_rule(
        "/ivr/answer",
        view_func=lambda: Response('<Response><Say voice="nobody">您好</Say></Response>', mimetype="text/xml"),
        methods=["POST"],
    )
    exchange = Exchange(WsgiTransport(app, ADDRESS), TOKEN, account_sid=ACCOUNT, clock=town.clock, seed=2)
    exchange.findings.is_strict = False
    hotline = Hotline(number=HOTLINE, voice_url=f"{ADDRESS}/ivr/answer", voice_fallback_url=f"{ADDRESS}/ivr/fallback")
    return Night(exchange, exchange.add_hotline(hotline))


@contextmanager
def a_disk_with_room_for(total_bytes: int) -> Iterator[None]:
    """Let no file grow beyond this, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (total_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def read_spool(town: Town, *, times: int = 1) -> None:
    """The house is back, and takes in what was spooled, perhaps more than once."""
    spooled = town.services.spool_file.read_text("utf-8")
    for _ in range(times):
        town.services.spool_file.write_text(spooled, "utf-8")
        town.wait(6)


def the_call_back(town: Town) -> CallBack:
    with town.services.database.reading() as session:
        call_back = session.scalars(select(CallBack).options(joinedload(CallBack.call))).one()
        session.expunge_all()
    return call_back


@ON_SQLITE_ALONE
def test_the_fallback_answers_from_a_process_without_database(town: Town, night: Night) -> None:
    leave_a_message(Telephone(number=WANG, exchange=night.exchange), night.hotline)

    town.wait(1)

    with town.services.database.reading() as session:
        assert session.scalars(select(ServiceRequest)).one().channel == "voicemail"
        assert session.scalars(select(Recording.is_ready)).all() == [True]


@ON_SQLITE_ALONE
def test_a_caller_at_night_who_will_not_speak_presses_one_and_is_called_back(town: Town, night: Night) -> None:
    called_at = town.clock.now()
    call = night.call(WANG)
    call.hears("不想留言请按1")
    call.hears("To leave none, press 1")
    call.press("1")
    call.hears("已经记下，我们会尽快给您回电")
    call.hears("That is noted. We will call you back as soon as we can")
    assert call.ends().by == "hotline"

    read_spool(town, times=2)

    promised = the_call_back(town)
    assert (promised.reason, promised.contact_phone, promised.made_at) == (CallBackReason.TROUBLE, WANG, None)
    assert promised.call is not None
    assert promised.call.outcome is CallOutcome.CALL_BACK
    assert promised.call.ended_at is not None
    assert abs(promised.call.started_at - called_at) < dt.timedelta(minutes=1)
    with town.services.database.reading() as session:
        assert session.scalars(select(ServiceRequest.id)).all() == []


@ON_SQLITE_ALONE
@pytest.mark.parametrize("keys", [["#"], ["*"], ["0"], ["7"], []])
def test_any_other_key_and_silence_lead_to_the_tone(town: Town, night: Night, keys: list[str]) -> None:
    call = night.call(WANG)
    for key in keys:
        call.press(key)
    if not keys:
        call.stay_silent()
    call.listen()
    assert call.is_recorded
    call.hang_up()

    read_spool(town, times=2)

    with town.services.database.reading() as session:
        assert session.scalars(select(ServiceRequest.contact_phone)).all() == [WANG]
        assert session.scalars(select(CallBack.reason)).all() == [CallBackReason.MESSAGE]


@ON_SQLITE_ALONE
def test_who_hangs_up_during_the_apology_is_called_back_for_so_it_was_said(town: Town, night: Night) -> None:
    night.call(WANG).hang_up()
    town.wait(1)
    with town.services.database.reading() as session:
        assert session.scalars(select(CallBack.id)).all() == [], "they may be speaking still"

    town.wait(6)
    town.wait(6)

    assert the_call_back(town).reason is CallBackReason.TROUBLE
    assert not town.services.spool_file.exists()


def test_the_half_hour_of_a_promised_call_began_when_the_caller_heard_it_and_not_when_the_house_was_back(
    town: Town, night: Night
) -> None:
    called_at = town.clock.now()
    night.call(WANG).press("1")
    leave_a_message(Telephone(number="+8613800000002", exchange=night.exchange), night.hotline)
    heard_by = town.clock.now()
    spooled = town.services.spool_file.read_text("utf-8")
    town.services.spool_file.unlink()
    town.wait(20)

    town.services.spool_file.write_text(spooled, "utf-8")
    town.wait(1)

    with town.services.database.reading() as session:
        promised = session.scalars(select(CallBack).order_by(CallBack.id)).all()
        assert {one.reason for one in promised} == {CallBackReason.MESSAGE, CallBackReason.TROUBLE}
        assert all(called_at <= one.promised_at <= heard_by for one in promised)
        clocks = session.scalars(select(Commitment).where(Commitment.subject.startswith("call_back:"))).all()
        assert len(clocks) == 2
        assert all(one.deadline_at <= heard_by + dt.timedelta(minutes=30) for one in clocks)


@ON_SQLITE_ALONE
def test_a_fallback_whose_machine_is_hours_ahead_keeps_nobody_waiting(town: Town, night: Night) -> None:
    night.call(WANG).press("1")
    lines = [json.loads(line) for line in town.services.spool_file.read_text("utf-8").splitlines()]
    for line in lines:
        line["kept_at"] = (dt.datetime.fromisoformat(line["kept_at"]) + dt.timedelta(hours=7)).isoformat()
    town.services.spool_file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")

    town.wait(1)

    assert the_call_back(town).promised_at <= town.clock.now()
    assert not town.services.spool_file.exists()


@ON_SQLITE_ALONE
@pytest.mark.parametrize("away_minutes", [2, 19, 24, 29, 40])
def test_the_text_after_the_house_is_back_says_what_is_left_of_the_promise_and_never_a_broken_one(
    town: Town, night: Night, away_minutes: int
) -> None:
    leave_a_message(Telephone(number=WANG, exchange=night.exchange), night.hotline)
    call_by = town.clock.now() + dt.timedelta(minutes=30)
    spooled = town.services.spool_file.read_text("utf-8")
    town.services.spool_file.unlink()
    town.wait(away_minutes)

    town.services.spool_file.write_text(spooled, "utf-8")
    town.wait(1)

    text = town.phone(WANG).receives("您的留言已收到").body
    said = re.search(r"(\d+)分钟内回电", text)
    assert (said is None) == (away_minutes >= 24)
    if said is None:
        assert "让您久等了" in text
    else:
        assert town.clock.now() + dt.timedelta(minutes=int(said[1])) <= call_by


@ON_SQLITE_ALONE
def test_whoever_cannot_be_noted_because_the_disk_is_full_is_told_so_instead_of_a_promise(
    town: Town, night: Night
) -> None:
    town.services.spool_file.parent.mkdir(exist_ok=True)
    town.services.spool_file.symlink_to("/dev/full")

    pressed, spoke = night.call(WANG), night.call("+8613800000002")
    pressed.press("1")
    spoke.say_after_tone("投影机坏了，请回电", seconds=9)

    for call in (pressed, spoke):
        call.hears("没能记下来，非常抱歉")
        call.hears("we could not note that. Please call again in a few minutes")
        assert call.ends().by == "hotline"
    town.services.spool_file.unlink()


def test_a_line_that_does_not_fit_on_the_disk_leaves_the_lines_before_it_whole(tmp_path: Path) -> None:
    at = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)
    write_to_spool(tmp_path, Spooled.NO_MESSAGE, {"CallSid": "CA1"}, at)
    kept = (tmp_path / SPOOL_FILE).read_bytes()

    with a_disk_with_room_for(len(kept) + 20), pytest.raises(OSError, match="too large"):
        write_to_spool(tmp_path, Spooled.NO_MESSAGE, {"CallSid": "CA2"}, at)

    assert (tmp_path / SPOOL_FILE).read_bytes() == kept


@ON_SQLITE_ALONE
def test_a_caller_without_a_number_is_asked_to_say_one_and_offered_no_call_back_without(
    town: Town, night: Night
) -> None:
    call = night.call("anonymous")
    call.hears("留言时请说出您的电话号码")
    call.hears("Please say your number too")
    assert "press 1" not in " ".join(call.listen())
    call.hang_up()

    read_spool(town)

    with town.services.database.reading() as session:
        assert session.scalars(select(CallBack.contact_phone)).all() == [None]
        assert session.scalars(select(Call.from_number)).all() == ["anonymous"]


def test_the_apology_is_no_longer_than_twenty_seconds() -> None:
    said = [
        text
        for text in ET.fromstring(apology(ADDRESS)).itertext()  # noqa: S314 (our own document)
        if text
    ]
    zh, en = "".join(said[:2]), " ".join(said[2:])

    assert estimate_seconds(zh, Language.ZH) + estimate_seconds(en, Language.EN) <= MOST_SECONDS


@pytest.mark.parametrize(
    "path",
    ["/ivr/fallback", "/ivr/fallback/key", "/ivr/fallback/voicemail", "/ivr/fallback/recording-status"],
)
def test_an_unsigned_fallback_is_refused_and_writes_nothing(town: Town, path: str) -> None:
    response = town.app.test_client().post(path, data={"CallSid": "CA1", "RecordingSid": "RE1"})

    assert response.status_code == 403
    assert not town.services.spool_file.exists()


def test_the_apology_passes_the_gate() -> None:
    assert find_faults(apology(ADDRESS)) == find_faults(apology(ADDRESS, can_be_called=False)) == ()
