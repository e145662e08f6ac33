"""Pauses, agreed targets and corrections: recorded by a person, read by the clocks."""

import datetime as dt
from typing import Any

import pytest

from models import Commitment, PolicyVersion
from models.database import Database
from operations.clocks.clock_events import (
    AgreementMalformed,
    PauseRefused,
    agree_target,
    list_pause_reasons,
    pause_clock,
    resume_clock,
)
from operations.clocks.clock_rules import CalendarUnknown, VersionBackdated, add_calendar_version, add_rule_version
from operations.clocks.commitments import find_commitment, refresh_commitments, request_subject
from operations.foundation.events import find_broken_link, record_event
from operations.matters.corrections import CorrectionRefused, correct_event, find_event
from operations.planning.rows import read_plan_rows
from policies.clocks.calendars import CalendarMalformed
from policies.clocks.rules import ClockRuleMalformed
from policies.commitments import CommitmentState, PauseReason
from tests.factories.city import City, book_visit, open_visit
from tests.factories.clocks import CALENDARS, RULES
from tests.factories.instants import NIGHT, hours, monday
from tests.factories.looking import looking

OFFICE = CALENDARS[1]
ON_SITE = next(rule for rule in RULES if rule["kind"] == "on_site")


@pytest.fixture
def request_id(database: Database, city: City) -> int:
    with database.writing() as session:
        return open_visit(session, city).request_id


def clock_of(database: Database, request_id: int, kind: str = "on_site") -> Commitment:
    with looking(database) as session:
        return find_commitment(session, request_id=request_id, kind=kind)


def pause(database: Database, request_id: int, *, after: float, reason: PauseReason = PauseReason.NO_ACCESS) -> None:
    with database.writing() as session:
        clock = find_commitment(session, request_id=request_id, kind="on_site")
        pause_clock(session, commitment=clock, reason=reason, by="zhang", note="no key", now=NIGHT + hours(after))


def resume(database: Database, request_id: int, *, after: float) -> None:
    with database.writing() as session:
        clock = find_commitment(session, request_id=request_id, kind="on_site")
        resume_clock(session, commitment=clock, by="zhang", now=NIGHT + hours(after))


def test_a_pause_with_reason_and_person_moves_the_deadline_once_it_ends(database: Database, request_id: int) -> None:
    pause(database, request_id, after=20)
    held = clock_of(database, request_id)
    resume(database, request_id, after=30)
    after = clock_of(database, request_id)

    assert (held.state, held.left_seconds) == (CommitmentState.PAUSED, 4 * 3600)
    assert (after.state, after.left_seconds, after.deadline_at) == (CommitmentState.RUNNING, None, NIGHT + hours(34))
    with looking(database) as session:
        paused = find_event(session, subject=request_subject(request_id), position=1)
        assert paused is not None
        assert (paused.actor, paused.facts["reason"], paused.personal) == ("zhang", "no_access", {"note": "no key"})
        assert find_broken_link(session, subject=request_subject(request_id)) is None


def test_a_clock_is_paused_only_while_it_runs_and_for_what_its_rule_allows(database: Database, request_id: int) -> None:
    with looking(database) as session:
        clock = find_commitment(session, request_id=request_id, kind="on_site")
        allowed = list_pause_reasons(session, commitment=clock, now=NIGHT)

    assert allowed == [PauseReason.CUSTOMER_WISH, PauseReason.NO_ACCESS, PauseReason.FORCE_MAJEURE]
    with pytest.raises(PauseRefused, match="part_missing"):
        pause(database, request_id, after=1, reason=PauseReason.PART_MISSING)
    with pytest.raises(PauseRefused, match="on_site is running"):
        resume(database, request_id, after=1)
    with database.writing() as session:
        refresh_commitments(session, subject=request_subject(request_id), request_id=request_id, now=NIGHT + hours(25))
    with pytest.raises(PauseRefused, match="on_site is broken"):
        pause(database, request_id, after=26)


def test_the_planner_hears_of_a_paused_clock_as_if_it_went_on_now(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        visit_id, request_id, area_id = visit.id, visit.request_id, visit.area_id
    pause(database, request_id, after=1)

    with looking(database) as session:
        deadlines = [
            read_plan_rows(session, area_id=area_id, now=at, until=at + hours(72)).deadlines[request_id]
            for at in (NIGHT + hours(1), NIGHT + hours(3))
        ]

    assert visit_id
    assert deadlines == [NIGHT + hours(24), NIGHT + hours(26)]


def test_an_agreement_of_four_office_hours_sets_the_clock_and_a_second_one_does_not(
    database: Database, request_id: int
) -> None:
    subject = request_subject(request_id)
    with database.writing() as session:
        for minutes in (240, 2400):
            agree_target(
                session, subject=subject, request_id=request_id, kind="on_site", minutes=minutes, calendar="office",
                agreement="A-7", by="zhang", now=NIGHT,
            )  # fmt: skip

    clock = clock_of(database, request_id)
    assert (clock.deadline_at, clock.agreement) == (monday(14), "A-7")


def test_a_restoration_is_promised_once_it_is_agreed_until_an_instant(database: Database, request_id: int) -> None:
    with database.writing() as session:
        agree_target(
            session, subject=request_subject(request_id), request_id=request_id, kind="restoration",
            until=NIGHT + hours(60), by="zhang", now=NIGHT + hours(2),
        )  # fmt: skip

    assert clock_of(database, request_id, "restoration").deadline_at == NIGHT + hours(60)


def test_a_restoration_is_met_when_the_customer_says_that_it_works_again(database: Database, request_id: int) -> None:
    subject = request_subject(request_id)
    with database.writing() as session:
        agree_target(
            session, subject=subject, request_id=request_id, kind="restoration", minutes=240, by="zhang", now=NIGHT
        )
        record_event(
            session, subject=subject, kind="solution_confirmed", occurred_at=NIGHT + hours(3),
            recorded_at=NIGHT + hours(3), source="hotline", actor="caller",
        )  # fmt: skip
        session.flush()
        refresh_commitments(session, subject=subject, request_id=request_id, now=NIGHT + hours(5))

    clock = clock_of(database, request_id, "restoration")
    assert (clock.state, clock.fulfilled_at) == (CommitmentState.MET, NIGHT + hours(3))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({}, AgreementMalformed),
        ({"minutes": -1}, AgreementMalformed),
        ({"minutes": 5, "until": NIGHT}, AgreementMalformed),
        ({"minutes": 5, "calendar": "moon"}, CalendarUnknown),
    ],
)
def test_an_agreement_that_cannot_be_meant_is_refused(
    database: Database, request_id: int, wrong: dict, error: type[Exception]
) -> None:
    with database.writing() as session, pytest.raises(error):
        agree_target(
            session, subject=request_subject(request_id), request_id=request_id, kind="on_site", by="zhang", now=NIGHT,
            **wrong,
        )  # fmt: skip

    assert clock_of(database, request_id).deadline_at == NIGHT + hours(24)


def correct(database: Database, request_id: int, *, reason: str = "typo", at: dt.datetime | None = None) -> None:
    with database.writing() as session:
        event = find_event(session, subject=request_subject(request_id), position=1)
        assert event is not None
        correct_event(
            session, event=event, request_id=request_id, reason=reason, by="zhang", now=NIGHT + hours(30),
            occurred_at=at,
        )  # fmt: skip


def test_a_corrected_arrival_changes_the_verdict_and_the_event_stays_as_it_was(
    database: Database, request_id: int
) -> None:
    with database.writing() as session:
        record_event(
            session, subject=request_subject(request_id), kind="visit_arrived", occurred_at=NIGHT + hours(2),
            recorded_at=NIGHT + hours(2), source="sms", actor="technician:T1",
        )  # fmt: skip
    states = []
    for at in (NIGHT + hours(25), NIGHT + hours(23), None):
        correct(database, request_id, at=at)
        states.append(clock_of(database, request_id).state)

    assert states == [CommitmentState.BROKEN, CommitmentState.MET, CommitmentState.BROKEN]
    with pytest.raises(CorrectionRefused):
        correct(database, request_id, reason=" ")
    with looking(database) as session:
        event = find_event(session, subject=request_subject(request_id), position=1)
        assert event is not None
        assert event.occurred_at == NIGHT + hours(2)


def test_a_rule_and_a_holiday_added_later_change_no_clock_that_runs_already(database: Database, city: City) -> None:
    holiday = OFFICE | {"days": OFFICE["days"] | {"2026-11-23": []}}
    four_hours = ON_SITE | {"target": {"hours": 4}, "calendar": "office"}
    with database.writing() as session:
        before = open_visit(session, city).request_id
        agree_target(
            session, subject=request_subject(before), request_id=before, kind="on_site", minutes=240, calendar="office",
            by="zhang", now=NIGHT,
        )  # fmt: skip
        later = NIGHT + hours(1)
        add_calendar_version(
            session, code="office", document=holiday, in_force_from_at=later, approved_by="manager", now=later
        )
        add_rule_version(session, document=four_hours, in_force_from_at=later, approved_by="manager", now=later)
    with database.writing() as session:
        after = open_visit(session, city, customer=1, opened_at=NIGHT + hours(2)).request_id
        refresh_commitments(session, subject=request_subject(before), request_id=before, now=NIGHT + hours(2))

    old, new = clock_of(database, before), clock_of(database, after)
    assert (old.deadline_at, old.rule_version) == (monday(14), 0)
    assert (new.deadline_at, new.rule_version > 0) == (monday(38), True)


def test_a_new_kind_of_clock_needs_no_code(database: Database, city: City) -> None:
    estimate = {
        "kind": "estimate", "names": {"zh-CN": "2小时报价", "en": "Estimate in 2 h"}, "started_by": ["estimate_asked"],
        "met_by": ["estimate_given"], "target": {"hours": 2}, "calendar": "office", "steps": [{"name": "warn"}],
    }  # fmt: skip
    with database.writing() as session:
        add_rule_version(session, document=estimate, in_force_from_at=NIGHT, approved_by="manager", now=NIGHT)
        request_id = open_visit(session, city).request_id
        record_event(
            session, subject=request_subject(request_id), kind="estimate_asked", occurred_at=NIGHT, recorded_at=NIGHT,
            source="desk", actor="zhang",
        )  # fmt: skip
        refresh_commitments(session, subject=request_subject(request_id), request_id=request_id, now=NIGHT)

    assert clock_of(database, request_id, "estimate").deadline_at == monday(11)


def test_versions_that_cannot_be_meant_or_would_rewrite_history_are_refused(database: Database) -> None:
    earlier = NIGHT - hours(1)
    with database.writing() as session:
        approved: dict[str, Any] = {"approved_by": "manager", "now": NIGHT}
        with pytest.raises(VersionBackdated):
            add_rule_version(session, document=ON_SITE, in_force_from_at=earlier, **approved)
        with pytest.raises(VersionBackdated):
            add_calendar_version(session, code="office", document=OFFICE, in_force_from_at=earlier, **approved)
        with pytest.raises(CalendarUnknown):
            add_rule_version(session, document=ON_SITE | {"calendar": "moon"}, in_force_from_at=NIGHT, **approved)
        with pytest.raises(ClockRuleMalformed):
            add_rule_version(session, document={"kind": "x"}, in_force_from_at=NIGHT, **approved)
        with pytest.raises(CalendarMalformed):
            add_calendar_version(session, code="x", document={"zone": "Nowhere"}, in_force_from_at=NIGHT, **approved)


def test_a_figure_changed_later_changes_no_rule_that_runs_already(database: Database, request_id: int) -> None:
    with database.writing() as session:
        session.add(PolicyVersion(in_force_from_at=NIGHT + hours(1), figures={"on_site_hours": 4}, approved_by="x"))
    pause(database, request_id, after=2)
    resume(database, request_id, after=3)

    assert clock_of(database, request_id).deadline_at == NIGHT + hours(25)
