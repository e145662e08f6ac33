"""A promise is about to be broken: those on duty are telephoned until one takes it, or until it is kept (K2, H11)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import ClockAlarm, ClockTimer, Commitment, DutyTurn, StatusEvent
from operations.clocks.clock_events import pause_clock
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.foundation.events import find_broken_link, record_event
from policies.commitments import PauseReason
from policies.duty import AlarmState, DutyRole
from policies.languages import Language
from simulator.telephone import NothingArrived
from tests.town import EVENING, Town

CUSTOMER = "+8613800000001"
TECHNICIAN, EXPERT, MANAGER = "+8613900000011", "+8613900000012", "+8613900000013"
ESCALATES_AT = EVENING + dt.timedelta(hours=21.6)


@pytest.fixture
def evening(town: Town) -> Town:
    """The town the evening after a call, when nine tenths of the 24 hours have passed and nobody has been there."""
    people = (
        (DutyRole.TECHNICIAN, "李强", TECHNICIAN, Language.ZH),
        (DutyRole.EXPERT, "奥山", EXPERT, Language.EN),
        (DutyRole.MANAGER, "郑经理", MANAGER, Language.ZH),
    )
    with town.services.database.writing() as session:
        for role, name, phone, language in people:
            turn = DutyTurn(
                role=role, position=1, name=name, name_en=name, phone=phone, language=language,
                from_at=EVENING, until_at=EVENING + dt.timedelta(days=3),
            )  # fmt: skip
            session.add(turn)
    call = town.phone(CUSTOMER).dial(town.hotline)
    for key in ("1", "1", "1"):
        call.press(key)
    call.hang_up()
    town.wait_until(ESCALATES_AT)
    town.wait(0.1)
    return town


def a_moment_later(town: Town) -> None:
    town.exchange.callbacks.deliver()
    town.wait(0.1)


def ringing(town: Town) -> list[str]:
    return [number for number in (TECHNICIAN, EXPERT, MANAGER) if town.phone(number).ringing]


def on_site_alarm(town: Town) -> ClockAlarm:
    with town.services.database.reading() as session:
        alarm = session.scalars(
            select(ClockAlarm).join(ClockAlarm.timer).join(ClockTimer.commitment).where(Commitment.kind == "on_site")
        ).one()
        _ = alarm.timer
        session.expunge_all()
    return alarm


def request_id(town: Town) -> int:
    with town.services.database.reading() as session:
        found = session.scalars(select(Commitment.request_id).where(Commitment.kind == "on_site")).one()
    assert found is not None
    return found


def arrive(town: Town) -> None:
    subject, now = request_subject(request_id(town)), town.clock.now()
    with town.services.database.writing() as session:
        record_event(
            session, subject=subject, kind="visit_arrived", occurred_at=now, recorded_at=now, source="sms", actor="T1"
        )
        refresh_commitments(session, subject=subject, request_id=request_id(town), now=now)


def test_the_expert_is_telephoned_the_manager_follows_and_takes_it(evening: Town) -> None:
    assert ringing(evening) == [EXPERT]
    call = evening.phone(EXPERT).pick_up()
    call.hears("A promise is about to be broken: On site in 24 h")
    call.press("2")
    call.hears("We call the next one")
    a_moment_later(evening)

    assert ringing(evening) == [MANAGER]
    call = evening.phone(MANAGER).pick_up()
    call.hears("有一项承诺快要超时")
    call.hears("接手请按1")
    call.press("1")
    call.hears("已由您接手")
    a_moment_later(evening)

    alarm = on_site_alarm(evening)
    assert (alarm.state, alarm.timer.seen_by) == (AlarmState.ACCEPTED, "郑经理")
    evening.phone(MANAGER).receives("24小时到场")
    evening.wait(40)
    assert ringing(evening) == []
    with evening.services.database.reading() as session:
        subject = request_subject(request_id(evening))
        kinds = session.scalars(select(StatusEvent.kind).where(StatusEvent.subject == subject)).all()
        assert find_broken_link(session, subject=subject) is None
    assert [kind for kind in kinds if kind.startswith("duty_")] == [
        "duty_called", "duty_declined", "duty_called", "duty_accepted",
    ]  # fmt: skip


def test_once_somebody_is_on_site_nobody_else_is_called_and_who_picks_up_hears_so(evening: Town) -> None:
    call = evening.phone(EXPERT).pick_up()
    arrive(evening)
    a_moment_later(evening)
    call.press("1")

    call.hears("This has been dealt with meanwhile")
    evening.wait(60)
    assert ringing(evening) == []
    assert on_site_alarm(evening).state is AlarmState.ENDED


def test_a_pause_holds_the_ladder_and_nobody_answering_begins_it_again(evening: Town) -> None:
    evening.phone(EXPERT).ignore()
    a_moment_later(evening)
    with evening.services.database.writing() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == "on_site")).one()
        pause_clock(session, commitment=clock, reason=PauseReason.NO_ACCESS, by="zhang", now=evening.clock.now())
    evening.phone(MANAGER).ignore()
    evening.wait(30)
    assert ringing(evening) == []

    with evening.services.database.writing() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == "on_site")).one()
        record_event(
            session, subject=clock.subject, kind="clock_resumed", occurred_at=evening.clock.now(),
            recorded_at=evening.clock.now(), source="desk", actor="zhang", facts={"clock": "on_site"},
        )  # fmt: skip
        refresh_commitments(session, subject=clock.subject, request_id=clock.request_id, now=evening.clock.now())
    evening.wait(0.1)
    evening.wait(6)

    assert ringing(evening) == [EXPERT]
    assert on_site_alarm(evening).round == 2


def test_a_step_by_text_telephones_nobody(evening: Town) -> None:
    evening.phone(EXPERT).pick_up().press("1")
    evening.wait_until(EVENING + dt.timedelta(hours=24.1))
    evening.wait(1)

    evening.phone(MANAGER).receives("24小时到场")
    assert ringing(evening) == []
    with pytest.raises(NothingArrived):
        evening.phone(TECHNICIAN).receives("时限提醒")
