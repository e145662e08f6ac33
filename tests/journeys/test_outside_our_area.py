"""A customer lives where we do not drive: one call is enough, the service point is asked and followed (H13)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given, strategies as st
from sqlalchemy import select

from models import (
    Call,
    CallBack,
    Commitment,
    Customer,
    Escalation,
    Handover,
    ServicePoint,
    ServiceRequest,
    Site,
    StatusEvent,
)
from operations.foundation.events import find_broken_link
from policies.call_states import CallOutcome
from policies.commitments import CommitmentKind, CommitmentState
from policies.escalations import EscalationReason
from policies.handovers import MOVES, HandoverMoveRefused, HandoverState, move_handover
from policies.languages import Language
from policies.request_states import CloseReason
from tests.town import EVENING, Town
from tests.web.conftest import browser
from tests.web.filled_forms import read_token

WANG = "+8613800000001"
NEAR, ANYWHERE = "+8651200000001", "+8651200000002"


@pytest.fixture
def far(town: Town) -> Town:
    """Mr Wang's machine stands in Suzhou, outside every territory; two service points may go there."""
    with town.services.database.writing() as session:
        for site in session.scalars(select(Site)):
            site.territory_id, site.district = None, "姑苏"
        for position, (code, name, name_en, phone, districts) in enumerate(
            (
                ("anywhere", "四海服务站", "Four Seas Service", ANYWHERE, []),
                ("suzhou", "苏州服务站", "Suzhou Service", NEAR, ["姑苏", "吴中"]),
                ("hangzhou", "杭州服务站", "Hangzhou Service", "+8657100000001", ["西湖"]),
            ),
            start=1,
        ):
            session.add(
                ServicePoint(
                    code=code, name=name, name_en=name_en, phone=phone, language=Language.ZH,
                    time_zone="Asia/Shanghai", districts=districts, position=position, is_active=True,
                )
            )  # fmt: skip
    return town


def report(town: Town, *, hears: str = "我们已经转给苏州服务站") -> None:
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)
    call.hears(hears)
    call.hears("还有其他需要")
    call.hang_up()
    town.tick()


def link_of(town: Town, number: str) -> str:
    found = re.search(r"https://onecall\.example(/handover/\S+)", town.phone(number).receives("转单").body)
    assert found is not None
    return found[1]


def answer(town: Town, path: str, do: str, **fields: str) -> str:
    client: FlaskClient = browser(town)
    token = read_token(client)
    shown = client.post(path, data={"do": do, "csrf_token": token, **fields}, follow_redirects=True).text
    town.tick()
    return shown


def the_handovers(town: Town) -> list[tuple[str, HandoverState]]:
    with town.services.database.reading() as session:
        rows = session.scalars(select(Handover).order_by(Handover.id))
        return [(row.service_point.code, row.state) for row in rows]


def escalations(town: Town) -> set[EscalationReason]:
    with town.services.database.reading() as session:
        return set(session.scalars(select(Escalation.reason)))


def test_from_the_call_to_the_repair_the_customer_makes_no_second_call(far: Town) -> None:
    report(far)
    assert "苏州服务站" in far.phone(WANG).receives("已转").body
    path = link_of(far, NEAR)

    page = answer(far, path, "accept", coming_from="2026-11-23T09:00")
    assert "南京西路1号" in page
    assert "11月23日(周一)09:00-11:00" in far.phone(WANG).receives("将于").body

    far.wait_until(dt.datetime(2026, 11, 23, 1, 10, tzinfo=dt.UTC))
    answer(far, path, "arrived")
    far.wait(40)
    answer(far, path, "done")

    far.phone(WANG).receives("已由苏州服务站完成")
    with far.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ON_SITE)).one()
        kinds = [event.kind for event in session.scalars(select(StatusEvent).order_by(StatusEvent.id))]
        assert request.close_reason is CloseReason.HANDED_OVER
        assert clock.state is CommitmentState.MET
        assert find_broken_link(session, subject=f"request:{request.id}") is None
        assert session.scalars(select(CallBack)).all() == []
    handed = [kind for kind in kinds if kind.startswith("handover") or kind == "visit_arrived"]
    assert handed == ["handover_offered", "handover_accepted", "visit_arrived", "handover_done"]
    assert escalations(far) == set()


def test_an_english_caller_hears_and_reads_english(far: Town) -> None:
    with far.services.database.writing() as session:
        for customer in session.scalars(select(Customer)):
            customer.language = Language.EN

    call = far.phone(WANG).dial(far.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)
    call.hears("to Suzhou Service")
    call.hang_up()
    far.tick()

    far.phone(WANG).receives("handed to Suzhou Service")


def test_a_refusal_goes_to_the_next_point_and_then_to_a_dispatcher(far: Town) -> None:
    report(far)
    path = link_of(far, NEAR)
    refused = answer(far, path, "decline")
    assert "南京西路1号" not in refused, "who has refused still sees the customer's address"
    assert "四海服务站" in far.phone(WANG).receives("四海").body
    assert escalations(far) == set()

    answer(far, link_of(far, ANYWHERE), "decline")

    assert the_handovers(far) == [("suzhou", HandoverState.DECLINED), ("anywhere", HandoverState.DECLINED)]
    assert escalations(far) == {EscalationReason.OUT_OF_AREA}
    far.phone(WANG).receives("继续为您安排")


def test_silence_is_escalated_and_the_next_point_is_asked(far: Town) -> None:
    report(far)

    far.wait(29)
    assert the_handovers(far) == [("suzhou", HandoverState.OFFERED)]
    far.wait(2)

    assert the_handovers(far) == [("suzhou", HandoverState.SILENT), ("anywhere", HandoverState.OFFERED)]
    assert escalations(far) == {EscalationReason.SERVICE_POINT_SILENT}
    assert "来晚了" in answer(far, link_of(far, NEAR), "accept", coming_from="2026-11-23T09:00")


def test_a_point_that_is_not_there_at_its_time_is_noticed_once_and_the_customer_told(far: Town) -> None:
    report(far)
    answer(far, link_of(far, NEAR), "accept", coming_from="2026-11-23T09:00")

    far.wait_until(dt.datetime(2026, 11, 23, 3, 1, tzinfo=dt.UTC))
    far.wait(10)

    far.phone(WANG).receives("还没有到")
    assert escalations(far) == {EscalationReason.SERVICE_POINT_LATE}


def test_a_time_beyond_our_promise_is_taken_and_put_before_a_dispatcher(far: Town) -> None:
    report(far)

    answer(far, link_of(far, NEAR), "accept", coming_from="2026-11-25T09:00")

    assert escalations(far) == {EscalationReason.BEYOND_COMMITMENT}


@pytest.mark.parametrize(
    ("coming_from", "said"),
    [
        ("", "请填写此项"),
        ("tomorrow", "请填写日期和时间"),
        ("2020-01-01T09:00", "这个时间不行"),
        ("2027-12-31T09:00", "这个时间不行"),
    ],
)
def test_an_impossible_time_is_refused_and_nothing_happens(far: Town, coming_from: str, said: str) -> None:
    report(far)

    assert said in answer(far, link_of(far, NEAR), "accept", coming_from=coming_from)
    assert the_handovers(far) == [("suzhou", HandoverState.OFFERED)]


def test_a_customer_who_cancels_frees_the_service_point(far: Town) -> None:
    report(far)
    call = far.phone(WANG).dial(far.hotline)
    for key in ("2", "1"):
        call.press(key)
    call.hears("已经转给苏州服务站")
    for key in ("1", "1"):
        call.press(key)
    call.hears("已取消")
    call.hang_up()

    far.tick()

    assert the_handovers(far) == [("suzhou", HandoverState.WITHDRAWN)]
    far.phone(NEAR).receives("不用去了")


def test_my_request_says_when_the_service_point_comes(far: Town) -> None:
    report(far)
    answer(far, link_of(far, NEAR), "accept", coming_from="2026-11-23T09:00")

    call = far.phone(WANG).dial(far.hotline)
    call.press("2")
    call.press("1")

    call.hears("苏州服务站明天上午9点到11点上门")
    call.hang_up()


def test_reporting_the_same_again_in_one_call_asks_nobody_twice(far: Town) -> None:
    call = far.phone(WANG).dial(far.hotline)
    for key in ("1", "1", "1", "2", "2", "1", "2", "1"):
        call.press(key)
    call.hang_up()
    far.tick()

    assert the_handovers(far) == [("suzhou", HandoverState.OFFERED)]


def test_without_a_service_point_a_dispatcher_calls_back(far: Town) -> None:
    with far.services.database.writing() as session:
        for point in session.scalars(select(ServicePoint)):
            point.is_active = False

    report(far, hears="不在我们直接上门的区域")

    assert escalations(far) == {EscalationReason.OUT_OF_AREA}
    assert the_handovers(far) == []


def test_a_call_that_handed_over_says_so_in_the_log(far: Town) -> None:
    report(far)

    with far.services.database.reading() as session:
        assert session.scalars(select(Call.outcome)).one() is CallOutcome.HANDED_OVER


def test_a_stranger_learns_nothing_from_a_guessed_link(far: Town) -> None:
    report(far)

    assert browser(far).get("/handover/guessed").status_code == 410
    assert browser(far).post("/handover/guessed", data={"do": "done"}).status_code in {400, 410}


def test_a_long_absence_of_the_clock_asks_one_point_after_the_other_and_loses_nobody(far: Town) -> None:
    report(far)

    far.wait_until(EVENING + dt.timedelta(hours=5))
    far.wait(31)

    assert [state for _, state in the_handovers(far)] == [HandoverState.SILENT, HandoverState.SILENT]
    assert EscalationReason.OUT_OF_AREA in escalations(far)


@given(moves=st.lists(st.sampled_from(list(HandoverState)), max_size=8))
def test_what_has_ended_never_begins_again(moves: list[HandoverState]) -> None:
    state = HandoverState.OFFERED
    for wanted in moves:
        before = state
        try:
            state = move_handover(state, wanted)
        except HandoverMoveRefused:
            assert wanted not in MOVES[before]
        else:
            assert MOVES[before], f"{before} had ended"
