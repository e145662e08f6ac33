"""What load balancers and monitoring ask."""

import datetime as dt

import pytest
from flask.testing import FlaskClient

from models import PlanEvent
from operations.foundation.job_runs import claim_run
from policies.languages import Language
from policies.plan_events import PlanEventKind, PlanEventOutcome
from tests.factories.messages import make_message
from tests.town import Town
from tests.web.conftest import SignIn


def test_a_living_process_says_so(stranger: FlaskClient) -> None:
    assert stranger.get("/healthz").status_code == 200


def test_it_is_ready_while_the_database_answers(town: Town, stranger: FlaskClient) -> None:
    ready = stranger.get("/readyz").status_code

    town.services.database.is_ready = lambda: False  # type: ignore[method-assign]
    without = stranger.get("/readyz")

    assert ready == 200
    assert without.status_code == 503
    assert "database" in without.text


def test_requests_are_measured_by_page_and_status(stranger: FlaskClient) -> None:
    stranger.get("/healthz")

    text = stranger.get("/metrics").text

    assert 'onecall_request_seconds_count{method="GET",page="web.health.healthz",status="200"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_metrics_are_for_this_machine_alone(stranger: FlaskClient) -> None:
    from_outside = stranger.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"})
    through_a_proxy = stranger.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})

    assert (from_outside.status_code, through_a_proxy.status_code) == (403, 403)


def stop_clock(town: Town, *, seconds: float) -> None:
    """The clock has run, and then no more."""
    with town.services.database.writing() as session:
        at = town.clock.now() - dt.timedelta(seconds=seconds)
        claim_run(session, job="free_expired_holds", due_at=at, now=at)


@pytest.mark.parametrize(("seconds", "is_told"), [(59, False), (61, True)])
def test_a_clock_that_has_stopped_is_told_everywhere_and_calls_are_answered_all_the_same(
    town: Town, stranger: FlaskClient, dispatcher: FlaskClient, seconds: float, *, is_told: bool
) -> None:
    stop_clock(town, seconds=seconds)

    ready, strip, figures = stranger.get("/readyz"), dispatcher.get("/troubles").text, stranger.get("/metrics").text

    assert ready.status_code == 200
    assert ("the clock does not run" in ready.text) is is_told
    assert ("The clock has stopped" in strip) is is_told
    assert ('onecall_trouble{part="clock_stopped"} 1.0' in figures) is is_told


def test_a_text_that_waits_is_told_with_its_age(town: Town, stranger: FlaskClient, dispatcher: FlaskClient) -> None:
    with town.services.database.writing() as session:
        make_message(session, created_at=town.clock.now() - dt.timedelta(minutes=4))

    figures = stranger.get("/metrics").text

    assert "onecall_messages_waiting 1.0" in figures
    assert "onecall_oldest_message_seconds 24" in figures
    assert "messages wait" in stranger.get("/readyz").text
    assert "Texts wait" in dispatcher.get("/troubles").text


def test_a_planner_that_failed_is_told_for_an_hour(town: Town, dispatcher: FlaskClient) -> None:
    with town.services.database.writing() as session:
        session.add(
            PlanEvent(
                area_id=1,
                kind=PlanEventKind.PROMISE_SLIPPING,
                visit_ids=[],
                recorded_at=town.clock.now(),
                recorded_by="planner",
                answered_at=town.clock.now(),
                outcome=PlanEventOutcome.FAILED,
            )
        )

    assert "planner did not answer" in dispatcher.get("/troubles").text
    town.clock.set(town.clock.now() + dt.timedelta(minutes=61))
    assert "planner did not answer" not in dispatcher.get("/troubles").text


def test_a_healthy_house_shows_no_strip_and_a_stranger_none_at_all(
    town: Town, stranger: FlaskClient, dispatcher: FlaskClient
) -> None:
    town.tick()

    assert dispatcher.get("/troubles").text.strip() == ""
    assert stranger.get("/troubles").status_code == 302


def test_the_strip_speaks_chinese(town: Town, sign_in: SignIn) -> None:
    stop_clock(town, seconds=300)

    page = sign_in(language=Language.ZH).get("/troubles", headers={"Accept-Language": "zh-CN"}).text

    assert "时钟程序已停" in page
