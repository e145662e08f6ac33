import threading

import pytest

from models import WebhookClaim
from models.database import Database
from operations.foundation.claims import claim_webhook, forget_claims, store_answer
from tests.factories.instants import NIGHT, hours
from tests.factories.looking import looking
from tests.factories.threads import run_together


def deliver(database: Database, *, answer: str = "<Response/>", source: str = "voice", key: str = "CA1:answer") -> str:
    """Take a webhook as a door does: claim it, work, keep the answer; a repeat gets the answer given before."""
    with database.writing() as session:
        given = claim_webhook(session, source=source, key=key, now=NIGHT)
        if given is not None:
            return f"repeat of {given}"
        store_answer(session, source=source, key=key, answer=answer)
        return answer


def test_the_second_delivery_gets_the_first_ones_answer(database: Database) -> None:
    assert deliver(database, answer="<One/>") == "<One/>"
    assert deliver(database, answer="<Two/>") == "repeat of <One/>"
    assert deliver(database, answer="<Three/>") == "repeat of <One/>"


def test_other_webhooks_are_not_repeats(database: Database) -> None:
    answers = [
        deliver(database, answer="<One/>"),
        deliver(database, answer="<Two/>", key="CA1:turn:1"),
        deliver(database, answer="<Three/>", source="sms"),
    ]

    assert answers == ["<One/>", "<Two/>", "<Three/>"]


@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.proof)])
def test_of_deliveries_that_overlap_one_works_and_the_others_get_its_answer(database: Database, rounds: int) -> None:
    for number in range(rounds):
        answers = run_together(*[lambda key=f"CA{number}": deliver(database, answer="<One/>", key=key)] * 4)

        assert sorted(answers) == ["<One/>"] + ["repeat of <One/>"] * 3


def test_a_delivery_waits_for_the_one_that_is_being_worked_on(database: Database) -> None:
    is_claimed, may_finish = threading.Event(), threading.Event()

    def work_slowly() -> str:
        with database.writing() as session:
            assert claim_webhook(session, source="voice", key="CA1", now=NIGHT) is None
            is_claimed.set()
            assert may_finish.wait(timeout=10)
            store_answer(session, source="voice", key="CA1", answer="<Slow/>")
        return "<Slow/>"

    def come_second() -> str:
        assert is_claimed.wait(timeout=10)
        threading.Timer(0.2, may_finish.set).start()
        return deliver(database, key="CA1")

    assert run_together(work_slowly, come_second) == ["<Slow/>", "repeat of <Slow/>"]


def test_after_a_failure_the_repeat_does_the_work(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            assert claim_webhook(session, source="voice", key="CA1", now=NIGHT) is None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert deliver(database, answer="<Second/>", key="CA1") == "<Second/>"


def test_old_claims_are_forgotten_and_young_ones_kept(database: Database) -> None:
    with database.writing() as session:
        for key, age in (("old", 49), ("young", 47)):
            claim_webhook(session, source="voice", key=key, now=NIGHT - hours(age))

    with database.writing() as session:
        assert forget_claims(session, before=NIGHT - hours(48)) == 1

    with looking(database) as session:
        assert [claim.key for claim in session.query(WebhookClaim)] == ["young"]
