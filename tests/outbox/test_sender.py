import datetime as dt
from itertools import pairwise, permutations

import pytest

from models import Message
from models.database import Database
from outbox.sender import (
    CLAIM_TIMEOUT,
    Claimed,
    SendRefused,
    SendUncertain,
    claim_message,
    hand_over,
    record_receipt,
    record_refused,
    record_sent,
    record_uncertain,
    tidy_outbox,
)
from policies.message_states import MessageState
from tests.factories.carriers import FakeCarrier
from tests.factories.instants import NIGHT, hours, minutes, seconds
from tests.factories.looking import looking
from tests.factories.messages import make_message
from tests.factories.threads import run_together

TOO_MANY = SendRefused("too many requests", is_permanent=False)
NO_SUCH_NUMBER = SendRefused("21211: invalid number", is_permanent=True)


def store(database: Database, **settings: object) -> int:
    with database.writing() as session:
        return make_message(session, **settings).id  # type: ignore[arg-type]


def claim(database: Database, *, now: dt.datetime = NIGHT, sender: str = "one") -> Claimed | None:
    with database.writing() as session:
        return claim_message(session, sender=sender, now=now)


def send(database: Database, carrier: FakeCarrier, *, now: dt.datetime = NIGHT) -> bool:
    """One sender's turn, as the job takes it: claim, hand over, record."""
    with database.writing() as session:
        tidy_outbox(session, now=now)
    claimed = claim(database, now=now)
    if claimed is None:
        return False
    try:
        sid = hand_over(carrier, claimed)
    except SendRefused as refusal:
        with database.writing() as session:
            record_refused(session, claimed=claimed, refusal=refusal, now=now)
    except SendUncertain as doubt:
        with database.writing() as session:
            record_uncertain(session, claimed=claimed, reason=str(doubt), now=now)
    else:
        with database.writing() as session:
            record_sent(session, claimed=claimed, message_sid=sid, now=now)
    return True


def receive(database: Database, message_id: int, status: str, *, sid: str = "SM1", code: str | None = None) -> bool:
    with database.writing() as session:
        return record_receipt(
            session, reference=message_id, message_sid=sid, status=status, error_code=code, now=NIGHT + minutes(1)
        )


def message(database: Database, message_id: int) -> Message:
    with looking(database) as session:
        return session.get_one(Message, message_id)


def test_a_message_is_handed_over_once_with_its_reference(database: Database) -> None:
    message_id, carrier = store(database, body="一条"), FakeCarrier()

    turns = [send(database, carrier), send(database, carrier)]

    assert turns == [True, False]
    assert [(one.body, one.reference) for one in carrier.carried] == [("一条", str(message_id))]
    assert carrier.lookups == []
    sent = message(database, message_id)
    assert (sent.state, sent.message_sid, sent.attempts) == (MessageState.SENT, carrier.carried[0].sid, 1)


def test_messages_go_out_in_the_order_they_are_due(database: Database) -> None:
    carrier = FakeCarrier()
    for body, due in (("later", 2), ("now", 0), ("first", -5), ("not yet", 60)):
        store(database, body=body, not_before_at=NIGHT + minutes(due))

    while send(database, carrier, now=NIGHT + minutes(3)):
        pass

    assert carrier.bodies == ["first", "now", "later"]


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.proof)])
def test_each_message_is_claimed_by_exactly_one_of_several_senders(database: Database, rounds: int) -> None:
    for number in range(rounds):
        message_id, now = store(database), NIGHT + seconds(number)

        claims = run_together(*[lambda name=name, now=now: claim(database, sender=name, now=now) for name in "abc"])

        assert [found.id for found in claims if found is not None] == [message_id]


@pytest.mark.parametrize("senders", [2, 4, 8])
def test_senders_at_once_whose_clocks_differ_send_everything_once(database: Database, senders: int) -> None:
    """By up to a minute and a half; what differs by more is put right (models/database_clock.py)."""
    carrier = FakeCarrier()
    bodies = [f"第{number}条" for number in range(16)]
    with database.writing() as session:
        for body in bodies:
            make_message(session, body=body, not_before_at=NIGHT - minutes(5))

    def work(skew: dt.timedelta) -> None:
        while send(database, carrier, now=NIGHT + skew):
            pass

    run_together(*[lambda number=number: work(seconds(90 * number / senders)) for number in range(senders)])
    work(seconds(90))

    assert sorted(carrier.bodies) == sorted(bodies)
    assert carrier.lookups == []


def test_a_refused_message_comes_back_after_growing_pauses_until_it_is_taken(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(troubles=[TOO_MANY] * 5)

    tries, now = [], NIGHT
    while message(database, message_id).state is not MessageState.SENT:
        if send(database, carrier, now=now):
            tries.append(now)
        now += seconds(1)

    pauses = [(later - earlier) / seconds(1) for earlier, later in pairwise(tries)]
    assert len(tries) == 6
    assert pauses == sorted(pauses)
    assert 5 <= pauses[0] <= 8
    assert pauses[-1] >= 80
    assert len(carrier.carried) == 1
    assert carrier.lookups == []


def test_a_carrier_that_is_away_for_hours_gets_the_message_when_it_is_back(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(troubles=[TOO_MANY] * 20)

    now = NIGHT
    while now < NIGHT + hours(6):
        send(database, carrier, now=now)
        now += minutes(5)

    assert message(database, message_id).state is MessageState.SENT
    assert len(carrier.carried) == 1


def test_messages_refused_together_do_not_come_back_together(database: Database) -> None:
    carrier = FakeCarrier(troubles=[TOO_MANY] * 6)
    ids = [store(database) for _ in range(6)]
    for _ in ids:
        send(database, carrier)

    assert len({message(database, one).not_before_at for one in ids}) > 1


def test_what_can_never_succeed_is_not_tried_again(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(troubles=[NO_SUCH_NUMBER])

    turns = [send(database, carrier), send(database, carrier, now=NIGHT + hours(5))]

    failed = message(database, message_id)
    assert turns == [True, False]
    assert (failed.state, failed.error) == (MessageState.FAILED, "21211: invalid number")


def test_an_endless_reason_is_cut_to_what_a_row_holds(database: Database) -> None:
    message_id = store(database)
    carrier = FakeCarrier(troubles=[SendRefused("x" * 5000, is_permanent=True)])

    send(database, carrier)

    assert message(database, message_id).error == "x" * 200


def test_a_message_whose_answer_was_lost_is_looked_up_and_never_sent_twice(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(lost_answers=1)
    send(database, carrier)
    assert message(database, message_id).state is MessageState.UNCERTAIN

    send(database, carrier, now=NIGHT + minutes(1))

    found = message(database, message_id)
    assert (found.state, found.message_sid) == (MessageState.SENT, carrier.carried[0].sid)
    assert len(carrier.carried) == 1
    assert carrier.lookups == [NIGHT]


def test_a_message_that_never_arrived_there_is_sent_after_looking(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(troubles=[SendUncertain("read timed out")])
    send(database, carrier)

    send(database, carrier, now=NIGHT + minutes(1))

    assert message(database, message_id).state is MessageState.SENT
    assert (len(carrier.carried), len(carrier.lookups)) == (1, 1)


def test_while_nobody_can_be_asked_an_uncertain_message_is_not_sent(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(lost_answers=1)
    send(database, carrier)
    carrier.cannot_be_asked = True

    now = NIGHT
    while now < NIGHT + hours(1):
        now += minutes(1)
        send(database, carrier, now=now)

    assert message(database, message_id).state is MessageState.UNCERTAIN
    assert len(carrier.carried) == 1
    # The pauses grow here too: an hour of trouble is a few questions, not hundreds.
    assert len(carrier.lookups) < 15


def test_the_same_words_sent_earlier_are_not_taken_for_an_uncertain_message(database: Database) -> None:
    """A technician may be told the same twice a day; each of the two messages reaches him."""
    carrier = FakeCarrier()
    first = store(database, body="没看懂。")
    send(database, carrier)
    second = store(database, body="没看懂。", created_at=NIGHT + minutes(1))
    carrier.troubles = [SendUncertain("read timed out")]

    send(database, carrier, now=NIGHT + minutes(1))
    send(database, carrier, now=NIGHT + minutes(2))

    assert len(carrier.carried) == 2
    assert {message(database, one).state for one in (first, second)} == {MessageState.SENT}
    assert message(database, first).message_sid != message(database, second).message_sid


def test_a_message_whose_sender_died_is_looked_up_by_the_next(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier()
    claimed = claim(database)
    assert claimed is not None
    hand_over(carrier, claimed)  # and then the power failed

    too_soon = send(database, carrier, now=NIGHT + CLAIM_TIMEOUT)
    in_time = send(database, carrier, now=NIGHT + CLAIM_TIMEOUT + seconds(1))

    assert (too_soon, in_time) == (False, True)
    assert len(carrier.carried) == 1
    assert message(database, message_id).state is MessageState.SENT


def take_over(database: Database) -> tuple[Claimed, Claimed]:
    """A sender falls asleep with a message in its hands; another claims it after the pause."""
    first = claim(database, sender="sleeper")
    later = NIGHT + CLAIM_TIMEOUT + seconds(1)
    with database.writing() as session:
        tidy_outbox(session, now=later)
    second = claim(database, sender="other", now=later)
    assert first is not None
    assert second is not None
    assert second.is_doubtful
    return first, second


@pytest.mark.parametrize("trouble", [TOO_MANY, NO_SUCH_NUMBER, SendUncertain("read timed out")])
def test_what_a_sender_says_who_was_thought_dead_does_not_undo_what_the_next_one_did(
    database: Database, trouble: SendRefused | SendUncertain
) -> None:
    """Put back into the queue by the sleeper, the message would go out twice."""
    message_id = store(database)
    first, second = take_over(database)

    with database.writing() as session:
        if isinstance(trouble, SendRefused):
            record_refused(session, claimed=first, refusal=trouble, now=NIGHT + minutes(3))
        else:
            record_uncertain(session, claimed=first, reason=str(trouble), now=NIGHT + minutes(3))
    assert message(database, message_id).state is MessageState.CLAIMED
    with database.writing() as session:
        record_sent(session, claimed=second, message_sid="SM2", now=NIGHT + minutes(4))

    assert message(database, message_id).state is MessageState.SENT


def test_a_sender_who_was_thought_dead_and_had_sent_ends_the_doubt(database: Database) -> None:
    message_id = store(database)
    first, second = take_over(database)

    with database.writing() as session:
        record_sent(session, claimed=first, message_sid="SM1", now=NIGHT + minutes(3))
        record_refused(session, claimed=second, refusal=TOO_MANY, now=NIGHT + minutes(3))

    sent = message(database, message_id)
    assert (sent.state, sent.message_sid) == (MessageState.SENT, "SM1")


@pytest.mark.parametrize("state", [MessageState.PENDING, MessageState.UNCERTAIN])
def test_a_message_that_is_too_old_is_given_up(database: Database, state: MessageState) -> None:
    old = store(database, expires_at=NIGHT + hours(1), state=state)
    young = store(database, expires_at=NIGHT + hours(2))
    carrier = FakeCarrier()

    while send(database, carrier, now=NIGHT + hours(1)):
        pass

    assert message(database, old).state is MessageState.EXPIRED
    assert message(database, young).state is MessageState.SENT
    assert len(carrier.carried) == 1


def test_what_was_stored_while_the_clock_was_an_hour_ahead_goes_when_it_is_put_right_and_a_reminder_at_its_hour(
    database: Database,
) -> None:
    ahead = NIGHT + hours(1)
    at_once = store(database, created_at=ahead)
    reminder = store(database, created_at=ahead, not_before_at=ahead + minutes(5))
    a_moment_ahead = store(database, created_at=NIGHT + seconds(50))
    carrier = FakeCarrier()

    while send(database, carrier):
        pass

    assert message(database, at_once).state is MessageState.SENT
    assert message(database, reminder).state is MessageState.PENDING
    assert message(database, a_moment_ahead).state is MessageState.PENDING


def test_a_message_that_is_being_sent_is_not_given_up(database: Database) -> None:
    message_id = store(database, expires_at=NIGHT + seconds(30))
    claim(database)

    states = []
    for later in (1, 3):
        with database.writing() as session:
            tidy_outbox(session, now=NIGHT + minutes(later))
        states.append(message(database, message_id).state)

    assert states == [MessageState.CLAIMED, MessageState.EXPIRED]


@pytest.mark.parametrize("statuses", list(permutations(["queued", "sent", "delivered"])))
def test_receipts_in_any_order_end_in_delivered(database: Database, statuses: tuple[str, ...]) -> None:
    message_id = store(database, state=MessageState.SENT)

    assert all(receive(database, message_id, status) for status in statuses)

    assert message(database, message_id).state is MessageState.DELIVERED


def test_a_receipt_that_overtakes_the_answer_to_the_send_is_not_undone_by_it(database: Database) -> None:
    message_id = store(database)
    claimed = claim(database)
    assert claimed is not None

    receive(database, message_id, "delivered", sid="SM7")
    with database.writing() as session:
        record_sent(session, claimed=claimed, message_sid="SM7", now=NIGHT)

    delivered = message(database, message_id)
    assert (delivered.state, delivered.message_sid) == (MessageState.DELIVERED, "SM7")


def test_a_receipt_settles_a_message_whose_answer_was_lost(database: Database) -> None:
    message_id, carrier = store(database), FakeCarrier(lost_answers=1)
    send(database, carrier)

    receive(database, message_id, "sent", sid=carrier.carried[0].sid)

    assert not send(database, carrier, now=NIGHT + hours(1))
    assert message(database, message_id).state is MessageState.SENT


def test_a_receipt_that_comes_before_the_doubt_is_recorded_settles_it_too(database: Database) -> None:
    message_id = store(database)
    claimed = claim(database)
    assert claimed is not None

    receive(database, message_id, "delivered")
    with database.writing() as session:
        record_uncertain(session, claimed=claimed, reason="read timed out", now=NIGHT)

    assert message(database, message_id).state is MessageState.DELIVERED
    assert claim(database, now=NIGHT + hours(1)) is None


def test_why_a_message_did_not_arrive_is_kept(database: Database) -> None:
    message_id = store(database, state=MessageState.SENT)

    receive(database, message_id, "undelivered", code="30003")

    undelivered = message(database, message_id)
    assert (undelivered.state, undelivered.error) == (MessageState.UNDELIVERED, "provider code 30003")


def test_a_receipt_for_another_message_changes_nothing(database: Database) -> None:
    message_id = store(database, state=MessageState.SENT)
    receive(database, message_id, "sent", sid="SM1")

    assert not receive(database, message_id, "delivered", sid="SM2")
    assert not receive(database, message_id + 1000, "delivered")
    assert message(database, message_id).state is MessageState.SENT


def test_a_late_receipt_outranks_giving_up(database: Database) -> None:
    message_id = store(database, state=MessageState.EXPIRED)

    receive(database, message_id, "delivered")

    assert message(database, message_id).state is MessageState.DELIVERED
