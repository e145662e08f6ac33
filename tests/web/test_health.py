"""What load balancers and monitoring ask."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from models import Message, PlanEvent
from operations.foundation.job_runs import claim_run, finish_run
from operations.planning.road_times import record_failure
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


def test_what_is_refused_again_and_again_is_told_though_its_next_try_is_not_due(
    town: Town, stranger: FlaskClient, dispatcher: FlaskClient
) -> None:
    with town.services.database.writing() as session:
        message = make_message(session, not_before_at=town.clock.now() + dt.timedelta(minutes=9))
        message.attempts = 5
    before = stranger.get("/readyz").text
    with town.services.database.writing() as session:
        session.get_one(Message, message.id).attempts = 6

    assert "messages wait" not in before
    assert "messages wait" in stranger.get("/readyz").text
    assert "Texts wait" in dispatcher.get("/troubles").text
    assert "onecall_messages_tried_in_vain 1.0" in stranger.get("/metrics").text


def test_a_job_that_fails_is_told_by_name_until_it_succeeds(
    town: Town, stranger: FlaskClient, dispatcher: FlaskClient
) -> None:
    """A mailbox or courier that talks nonsense ends in this."""
    name, now = "read_mail", town.clock.now()
    later = now + dt.timedelta(seconds=30)
    with town.services.database.writing() as session:
        claim_run(session, job=name, due_at=now, now=now)
        finish_run(session, job=name, now=now, error="MailboxDown('nonsense')")
        claim_run(session, job=name, due_at=later, now=later)
    ready, strip = stranger.get("/readyz").text, dispatcher.get("/troubles").text
    figures = stranger.get("/metrics").text
    with town.services.database.writing() as session:
        finish_run(session, job=name, now=later)

    assert "fails" in ready
    assert name in ready
    assert "A job of the clock fails" in strip
    assert 'onecall_failed_jobs{job="read_mail"} 1.0' in figures
    assert name not in stranger.get("/readyz").text


def test_a_planner_that_failed_is_told_for_an_hour(town: Town, stranger: FlaskClient, dispatcher: FlaskClient) -> None:
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
    assert "the planner failed" in stranger.get("/readyz").text
    town.clock.set(town.clock.now() + dt.timedelta(minutes=61))
    assert "planner did not answer" not in dispatcher.get("/troubles").text


def test_a_disk_without_room_is_told_everywhere(town: Town, stranger: FlaskClient, dispatcher: FlaskClient) -> None:
    """/proc is a file system without a byte of room."""
    full = replace(town.services, spool_file=Path("/proc/messages.jsonl"))
    town.app.extensions["onecall"] = full

    ready, strip, figures = (
        stranger.get("/readyz").text,
        dispatcher.get("/troubles").text,
        stranger.get("/metrics").text,
    )

    assert "nearly full" in ready
    assert "The disk is nearly full" in strip
    assert 'onecall_trouble{part="disk_nearly_full"} 1.0' in figures


@pytest.mark.parametrize(("failures", "is_told"), [(2, False), (3, True)])
def test_a_road_service_that_does_not_answer_is_told_everywhere(
    town: Town, stranger: FlaskClient, dispatcher: FlaskClient, failures: int, *, is_told: bool
) -> None:
    with town.services.database.writing() as session:
        for _ in range(failures):
            record_failure(session, profile="osrm", error="no answer", now=town.clock.now())

    ready, strip, figures = (
        stranger.get("/readyz").text,
        dispatcher.get("/troubles").text,
        stranger.get("/metrics").text,
    )

    assert "the road service does not answer" in ready
    assert ("road" in strip.lower()) is is_told
    assert ('onecall_trouble{part="roads_down"} 1.0' in figures) is is_told


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
