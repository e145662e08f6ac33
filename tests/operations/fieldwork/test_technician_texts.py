import datetime as dt
from itertools import count

import pytest

from models import (
    Commitment,
    Escalation,
    InboundMessage,
    Message,
    ServiceRequest,
    Stop,
    Technician,
    ToldStop,
    Visit,
)
from models.database import Database
from operations.clocks.commitments import request_subject
from operations.foundation.events import find_broken_link, list_events
from operations.inbox.inbound_messages import take_text
from policies.commitments import CommitmentState
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.request_states import CloseReason, RequestState
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import MORNING, minutes, monday
from tests.factories.looking import looking
from tests.factories.team import make_absence
from tests.factories.threads import run_together
from tests.factories.told_city import make_told_city
from tests.prepared import prepare

NINE = monday(9)
STRANGER = "+8613700000000"
_sids = (f"SM{number:032x}" for number in count())


@pytest.fixture
def city(database: Database) -> City:
    return prepare(database, make_told_city)


def visits(database: Database) -> list[Visit]:
    with looking(database) as session:
        return session.query(Visit).order_by(Visit.id).all()


def state(database: Database, number: int = 0) -> VisitState:
    return visits(database)[number].state


def text(database: Database, sender: Technician | str, body: str, *, sid: str = "", now: dt.datetime = NINE) -> str:
    """A technician, or somebody else, writes; return what the text was taken for."""
    with database.writing() as session:
        taken = take_text(
            session,
            message_sid=sid or next(_sids),
            from_number=sender if isinstance(sender, str) else sender.phone,
            body=body,
            house=HOUSE,
            now=now,
        )
        return taken.understood_as


def answers(database: Database, to: Technician | str) -> list[str]:
    number = to if isinstance(to, str) else to.phone
    with looking(database) as session:
        found = session.query(Message).filter_by(to_number=number).filter(Message.template.like("reply%"))
        return [message.body for message in found.order_by(Message.id)]


def messages_to(database: Database, technician: Technician) -> list[str]:
    with looking(database) as session:
        found = session.query(Message).filter_by(to_number=technician.phone).order_by(Message.id)
        return [message.body for message in found]


def events(database: Database, request_id: int) -> list[str]:
    with looking(database) as session:
        assert find_broken_link(session, subject=request_subject(request_id)) is None
        return [event.kind for event in list_events(session, subject=request_subject(request_id))]


def told_customer(database: Database, visit: Visit) -> list[str]:
    with looking(database) as session:
        found = session.query(Message).filter_by(visit_id=visit.id).filter(Message.recipient.like("customer%"))
        return [message.template for message in found.order_by(Message.id)]


def test_a_visit_goes_from_accepted_to_done_and_the_customer_hears_of_each_step(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    understood = [text(database, owner, f"{command}{visit.code}") for command in (1, 2, 3, 4)]

    assert understood == ["accept", "on_the_way", "arrived", "done"]
    assert state(database) is VisitState.COMPLETED
    assert told_customer(database, visit) == [
        "booking_confirmed",
        "technician_on_the_way",
        "technician_arrived",
        "visit_completed",
    ]
    assert events(database, visit.request_id) == [
        "request_opened",
        "windows_offered",
        "window_promised",
        "visit_acknowledged",
        "visit_on_the_way",
        "visit_arrived",
        "visit_completed",
        "request_closed",
    ]
    assert answers(database, owner) == [
        f"{visit.code} {word}，已记录。" for word in ("已接单", "已出发", "已到达", "已完成")
    ]


def test_done_closes_the_request_meets_the_clock_and_frees_the_place(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    text(database, owner, f"3{visit.code}", now=monday(9))
    text(database, owner, f"4{visit.code}", now=monday(10))

    with looking(database) as session:
        request = session.get_one(ServiceRequest, visit.request_id)
        clock = session.query(Commitment).filter_by(request_id=visit.request_id).one()
        assert session.query(Stop).filter_by(visit_id=visit.id).count() == 0
        done = session.get_one(Visit, visit.id)
    assert (request.state, request.close_reason) == (RequestState.CLOSED, CloseReason.SOLVED)
    assert (clock.state, clock.decided_at) == (CommitmentState.MET, monday(9))
    assert (done.arrived_at, done.completed_at) == (monday(9), monday(10))


def test_words_in_either_language_do_the_same(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    for body in (
        f"接单 {visit.code}",
        f"{visit.code.lower()} on the way",
        f"到达{visit.code}。",
        f"Done, {visit.code}",
    ):
        text(database, owner, body)

    assert state(database) is VisitState.COMPLETED


def test_a_colleagues_code_changes_nothing(database: Database, city: City) -> None:
    colleague, visit = city.technicians[1], visits(database)[0]

    understood = [text(database, colleague, f"{command}{visit.code}") for command in (1, 2, 3, 4, 9)]

    assert understood == ["unknown_code"] * 5
    assert state(database) is VisitState.DISPATCHED
    assert events(database, visit.request_id) == ["request_opened", "windows_offered", "window_promised"]
    assert set(answers(database, colleague)) == {
        f"您今天的行程里没有{visit.code}。请核对单号，或致电{HOUSE.hotline_number}。"
    }


def test_a_stranger_changes_nothing_whatever_he_knows(database: Database, city: City) -> None:
    visit = visits(database)[0]
    bodies = [body.format(code=visit.code) for body in ("1{code}", "4{code}", "9{code}", "1", "accept", "hello", "")]

    understood = [text(database, STRANGER, body) for body in bodies]

    assert city.technicians[0].phone != STRANGER
    assert understood == ["from_stranger"] * len(bodies)
    assert {one.state for one in visits(database)} == {VisitState.DISPATCHED}
    assert answers(database, STRANGER) == []
    with looking(database) as session:
        kept = session.query(InboundMessage).order_by(InboundMessage.id).all()
    assert [(one.from_number, one.body, one.visit_id) for one in kept] == [(STRANGER, body, None) for body in bodies]


def test_a_visit_nobody_was_told_of_yet_has_no_owner(database: Database, city: City) -> None:
    with database.writing() as session:
        fresh = book_visit(session, city, customer=3)
        fresh.state = VisitState.BOOKED
        session.query(ToldStop).filter_by(visit_id=fresh.id).delete()
        owner = session.get_one(Technician, fresh.technician_id)

    assert text(database, owner, f"1{fresh.code}") == "unknown_code"
    assert state(database, 3) is VisitState.BOOKED


def test_the_same_text_delivered_twice_has_one_effect(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    first = text(database, owner, f"1{visit.code}", sid="SM1")
    second = text(database, owner, f"9{visit.code}", sid="SM1")

    assert (first, second) == ("accept", "accept")
    assert state(database) is VisitState.ACKNOWLEDGED
    assert len(answers(database, owner)) == 1


def test_deliveries_of_one_text_that_overlap_have_one_effect(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    found = run_together(*[lambda: text(database, owner, f"1{visit.code}", sid="SM1")] * 3)

    assert found == ["accept"] * 3
    assert len(answers(database, owner)) == 1
    assert events(database, visit.request_id).count("visit_acknowledged") == 1


@pytest.mark.parametrize("rounds", [2, pytest.param(60, marks=pytest.mark.proof)])
def test_texts_that_overlap_never_move_a_visit_back(database: Database, city: City, rounds: int) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    for _ in range(rounds):
        run_together(*[lambda c=command: text(database, owner, f"{c}{visit.code}") for command in (1, 2, 3)])

        assert state(database) is VisitState.ON_SITE
        with database.writing() as session:
            session.get_one(Visit, visit.id).state = VisitState.DISPATCHED


def test_reports_and_bookings_at_the_same_time_do_not_block_each_other(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]
    text(database, owner, f"3{visit.code}")

    def report() -> str:
        return text(database, owner, f"4{visit.code}")

    def book() -> str:
        with database.writing() as session:
            return str(book_visit(session, city, customer=3, now=MORNING + minutes(10)).state)

    found = run_together(report, book)

    assert found[0] == "done"
    assert found[1] in {VisitState.BOOKED, VisitState.DISPATCHED}


def test_a_step_that_was_skipped_is_no_trouble_but_there_is_no_way_back(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    understood = [text(database, owner, f"{command}{visit.code}") for command in (3, 2, 1, 9)]

    assert understood == ["arrived", "out_of_order", "out_of_order", "out_of_order"]
    assert state(database) is VisitState.ON_SITE
    assert "“已到达”，不能改为“已出发”" in answers(database, owner)[1]


def test_done_before_arrived_is_out_of_order(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    assert text(database, owner, f"4{visit.code}") == "out_of_order"
    assert state(database) is VisitState.DISPATCHED


def test_what_is_already_so_is_confirmed_again_without_a_second_effect(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    understood = [text(database, owner, f"3{visit.code}") for _ in range(2)]

    assert understood == ["arrived", "arrived"]
    assert events(database, visit.request_id).count("visit_arrived") == 1
    assert told_customer(database, visit).count("technician_arrived") == 1
    assert len(answers(database, owner)) == 2


def test_accept_without_a_code_accepts_all_that_wait_and_nobody_elses(database: Database, city: City) -> None:
    owner, first = city.technicians[0], visits(database)[0]
    text(database, owner, f"2{first.code}")

    understood = text(database, owner, "收到")

    assert understood == "accept"
    assert [one.state for one in visits(database)] == [
        VisitState.EN_ROUTE,
        VisitState.ACKNOWLEDGED,
        VisitState.DISPATCHED,
    ]
    assert answers(database, owner)[-1] == "已接单1单，今天辛苦了。"


def test_what_is_not_certain_is_asked_again_with_an_example(database: Database, city: City) -> None:
    owner = city.technicians[0]
    bodies = ["2", "done", "到了", "9", "你好", "?", "1K7P", "\x00"]

    understood = [text(database, owner, body) for body in bodies]

    assert understood == ["not_understood"] * len(bodies)
    assert {one.state for one in visits(database)} == {VisitState.DISPATCHED}
    assert len(answers(database, owner)) == len(bodies)
    assert any(f"2{visit.code}" in answers(database, owner)[0] for visit in visits(database)[:2])


def test_an_answer_is_in_the_technicians_language(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]
    with database.writing() as session:
        session.get_one(Technician, owner.id).language = Language.EN

    text(database, owner, f"1{visit.code}")

    assert answers(database, owner) == [f"{visit.code} accepted, noted."]


def test_a_declined_visit_goes_to_somebody_who_can_keep_its_window_and_all_are_told(
    database: Database, city: City
) -> None:
    (owner, colleague), visit = city.technicians, visits(database)[0]
    told_before = len(messages_to(database, colleague))

    assert text(database, owner, f"9{visit.code}", now=MORNING) == "decline"

    handed_on = visits(database)[0]
    assert handed_on.technician_id == colleague.id
    assert handed_on.state is VisitState.DISPATCHED
    assert (handed_on.window_from_at, handed_on.window_until_at) == (visit.window_from_at, visit.window_until_at)
    assert events(database, visit.request_id)[-2:] == ["visit_declined", "visit_handed_on"]
    assert told_customer(database, visit) == ["booking_confirmed", "technician_changed"]
    assert answers(database, owner) == [f"{visit.code}已退单，已转派其他师傅。"]
    assert f"取消{visit.code}" in messages_to(database, owner)[-2]
    (news,) = messages_to(database, colleague)[told_before:]
    assert f"新增{visit.code}" in news
    assert text(database, colleague, f"1{visit.code}", now=MORNING) == "accept"
    assert text(database, owner, f"3{visit.code}", now=MORNING) == "unknown_code"


def test_a_visit_nobody_else_can_take_keeps_its_promise_and_the_technician_is_asked_to_call(
    database: Database, city: City
) -> None:
    (owner, colleague), visit = city.technicians, visits(database)[0]
    with database.writing() as session:
        make_absence(session, colleague, MORNING, monday(20))

    assert text(database, owner, f"9{visit.code}", now=MORNING) == "decline"

    declined = visits(database)[0]
    assert declined.state is VisitState.BOOKED
    assert (declined.window_from_at, declined.window_until_at) == (visit.window_from_at, visit.window_until_at)
    assert events(database, visit.request_id)[-2:] == ["visit_declined", "escalated"]
    assert told_customer(database, visit) == ["booking_confirmed"]
    assert HOUSE.hotline_number in answers(database, owner)[0]


def test_the_expected_time_never_lies_before_the_promised_window(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    text(database, owner, f"2{visit.code}", now=MORNING + minutes(5))

    with looking(database) as session:
        message = session.query(Message).filter_by(template="technician_on_the_way").one()
    assert message.values["eta"] == "08:00"


def test_a_visit_that_is_over_cannot_be_reported_again(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]
    for command in (3, 4):
        text(database, owner, f"{command}{visit.code}")

    assert text(database, owner, f"2{visit.code}") == "unknown_code"
    assert state(database) is VisitState.COMPLETED


def test_on_the_way_with_minutes_tells_the_customer_that_time(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    assert text(database, owner, f"2{visit.code} 25", now=monday(9)) == "on_the_way"

    assert visits(database)[0].expected_at == monday(9) + minutes(25)
    with looking(database) as session:
        told = session.query(Message).filter_by(visit_id=visit.id, template="technician_on_the_way").one()
    assert "预计09:25到达" in told.body


def test_late_inside_the_window_is_told_to_whoever_was_given_a_time(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]
    assert visit.window_from_at is not None
    starts_at = visit.window_from_at

    assert text(database, owner, f"5{visit.code} 10", now=starts_at - minutes(60)) == "late"
    assert "visit_delayed" not in told_customer(database, visit)
    text(database, owner, f"2{visit.code}", now=starts_at - minutes(30))
    assert text(database, owner, "late 20 min", now=starts_at - minutes(20)) == "late"

    assert told_customer(database, visit)[-1] == "visit_delayed"
    assert escalated(database, visit) == []


def test_late_after_the_window_is_told_at_once_and_a_dispatcher_looks_for_better(
    database: Database, city: City
) -> None:
    owner, visit = city.technicians[0], visits(database)[0]
    assert visit.window_until_at is not None

    text(database, owner, f"晚到180分钟 {visit.code}", now=MORNING)

    assert told_customer(database, visit)[-1] == "visit_late"
    assert escalated(database, visit) == [EscalationReason.RUNNING_LATE]
    assert "visit_delayed" in events(database, visit.request_id)
    assert "已记录，预计" in answers(database, owner)[-1]


def test_a_missing_part_and_a_call_for_help_reach_a_dispatcher_in_the_technicians_words(
    database: Database, city: City
) -> None:
    owner, visit = city.technicians[0], visits(database)[0]

    assert text(database, owner, f"6{visit.code} 灯泡") == "out_of_order"
    text(database, owner, f"3{visit.code}")
    understood = [text(database, owner, body) for body in (f"6{visit.code} 灯泡", "求助")]

    assert understood == ["need_part", "need_help"]
    assert escalated(database, visit) == [EscalationReason.NEEDS_PART, EscalationReason.NEEDS_HELP]
    with looking(database) as session:
        assert session.query(Escalation).order_by(Escalation.id).first().note == "灯泡"  # type: ignore[union-attr]


def test_nobody_home_ends_the_visit_and_the_customer_hears_how_to_get_another(database: Database, city: City) -> None:
    owner, visit = city.technicians[0], visits(database)[0]
    text(database, owner, f"3{visit.code}")

    assert text(database, owner, f"8{visit.code}") == "no_access"

    assert state(database) is VisitState.NO_ACCESS
    assert told_customer(database, visit)[-1] == "nobody_home"
    assert text(database, owner, f"8{visit.code}") == "unknown_code"


def test_without_a_code_a_command_means_the_only_visit_it_can_mean(database: Database, city: City) -> None:
    owner, (first, second, _) = city.technicians[0], visits(database)
    text(database, owner, f"2{first.code}")

    assert [text(database, owner, body) for body in ("到了", "done")] == ["arrived", "done"]
    assert [one.state for one in visits(database)[:2]] == [VisitState.COMPLETED, VisitState.DISPATCHED]
    assert text(database, owner, "done") == "not_understood"
    assert second.state is VisitState.DISPATCHED


def test_a_decline_nobody_can_take_over_is_a_dispatchers_with_its_reason(database: Database, city: City) -> None:
    (owner, colleague), visit = city.technicians, visits(database)[0]
    with database.writing() as session:
        make_absence(session, colleague, MORNING, monday(20))

    text(database, owner, f"9{visit.code} 车坏了", now=MORNING)

    assert escalated(database, visit) == [EscalationReason.DECLINED]
    with looking(database) as session:
        (escalation,) = session.query(Escalation).all()
    assert (escalation.note, escalation.technician_id) == ("车坏了", None)


def escalated(database: Database, visit: Visit) -> list[EscalationReason]:
    with looking(database) as session:
        found = session.query(Escalation).filter_by(request_id=visit.request_id).order_by(Escalation.id)
        return [one.reason for one in found]
