"""Whatever a caller does, the call ends in a stored outcome and nothing stays half-written (issue: the first call)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select

import dispatch
from models import Area, Call, ServiceRequest, SlotHold, Stop, Visit
from operations.planning.live import read_plan
from policies.offers import HoldState
from policies.request_states import RequestState
from policies.visit_states import VisitState
from simulator.call import SimulatedCall
from tests.databases import SqliteFolder, find_memory
from tests.town import Town, build_town

KEYS = ["0", "1", "2", "3", "4", "5", "9", "*", "345678#", "901234#", "111111#", "#", "12*#"]
CALLERS = ["+8613800000001", "+8613800000003", "+447700900123", "anonymous", "client:browser", "12"]
ACTS = st.lists(st.sampled_from([*KEYS, "silence"]), max_size=12)


@contextmanager
def a_fresh_town(folder: SqliteFolder) -> Iterator[Town]:
    with tempfile.TemporaryDirectory(dir=find_memory()) as place, folder.fresh() as url:
        town = build_town(url, Path(place))
        try:
            yield town
        finally:
            town.services.database.close()


def live_through(call: SimulatedCall, acts: list[str]) -> None:
    """Do what the caller does as long as the call goes on, then hang up."""
    for act in acts:
        if call.is_over:
            return
        if call.is_recorded:
            call.say_after_tone("我的机器坏了")
        elif act == "silence" or not call.is_waiting_for_me:
            call.stay_silent()
        else:
            call.press(act)
    if not call.is_over:
        call.hang_up()


def assert_nothing_is_half_written(town: Town) -> None:
    with town.services.database.reading() as session:
        for call in session.scalars(select(Call)):
            assert call.outcome is not None
            assert call.ended_at is not None
        assert not session.scalars(select(SlotHold).where(SlotHold.state == HoldState.HELD)).all()
        stops = session.scalars(select(Stop)).all()
        assert all(stop.hold_id is None for stop in stops)
        visits = {visit.id: visit for visit in session.scalars(select(Visit))}
        assert {stop.visit_id for stop in stops} == {
            visit.id for visit in visits.values() if visit.state is VisitState.BOOKED
        }
        for visit in visits.values():
            assert visit.state in {VisitState.DRAFT, VisitState.BOOKED, VisitState.CANCELLED}
            assert visit.window_from_at is not None or visit.state is not VisitState.BOOKED
            assert visit.window_from_at is None or visit.state is not VisitState.DRAFT
        for request in session.scalars(select(ServiceRequest)):
            is_promised = any(v.request_id == request.id and v.state is VisitState.BOOKED for v in visits.values())
            assert (request.state is RequestState.BOOKED) == is_promised
        area = session.scalars(select(Area)).one()
        opened = read_plan(session, area_id=area.id, now=town.clock.now())
        assert dispatch.check(opened.snapshot.problem, opened.snapshot.plan) == ()
        assert opened.snapshot.plan.score.broken_promises == 0


def explore(folder: SqliteFolder, calls: list[tuple[str, list[str]]]) -> None:
    with a_fresh_town(folder) as town:
        for caller, acts in calls:
            live_through(town.phone(caller).dial(town.hotline), acts)
            town.exchange.callbacks.deliver()
        assert_nothing_is_half_written(town)
        assert not town.exchange.findings.found


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(st.tuples(st.sampled_from(CALLERS), ACTS), min_size=1, max_size=3))
def test_any_keys_silences_and_hang_ups_leave_a_stored_outcome(
    sqlite_folder: SqliteFolder, calls: list[tuple[str, list[str]]]
) -> None:
    explore(sqlite_folder, calls)


@pytest.mark.proof
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(st.tuples(st.sampled_from(CALLERS), ACTS), min_size=1, max_size=4))
def test_hundreds_of_random_callers_leave_stored_outcomes(
    sqlite_folder: SqliteFolder, calls: list[tuple[str, list[str]]]
) -> None:
    explore(sqlite_folder, calls)


BOOKING = ["1", "1", "1", "2", "2", "1"]


@pytest.mark.parametrize("acts", [BOOKING[:length] for length in range(len(BOOKING) + 1)], ids=len)
def test_a_caller_who_hangs_up_after_any_step_leaves_nothing_half_written(town: Town, acts: list[str]) -> None:
    call = town.phone("+8613800000001").dial(town.hotline)

    live_through(call, acts)

    town.exchange.callbacks.deliver()
    assert_nothing_is_half_written(town)


def test_silence_at_every_menu_leads_to_a_message_that_becomes_a_request(town: Town) -> None:
    call = town.phone("+8613800000001").dial(town.hotline)

    for _ in range(3):
        call.stay_silent()

    call.hears("请在提示音后留言")
    call.say_after_tone("我家的投影机坏了")
    call.hears("留言已收到")
    call.stay_silent()
    assert call.ends().by == "hotline"
    town.tick()
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.channel == "voicemail"
        assert request.customer is not None
        assert request.customer.number == "C1"
    town.phone("+8613800000001").receives("您的留言已收到")
