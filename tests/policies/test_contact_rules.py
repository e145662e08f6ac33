import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.contact_rules import (
    ContactHistory,
    ContactReason,
    ContactVerdict,
    cap_of,
    decide_contact,
    first_waking_instant,
)
from policies.figures import DEFAULT_FIGURES
from policies.message_purposes import CAN_WAIT, MessagePurpose

SHANGHAI = "Asia/Shanghai"
NOON = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)
LATE = dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)
"""22:00 in Shanghai."""
EIGHT = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)
"""The next morning there."""
instants = st.integers(0, 2 * 365 * 24 * 60).map(lambda minute: NOON + dt.timedelta(minutes=minute))
zones = st.sampled_from([SHANGHAI, "Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"])


def decide(
    purpose: MessagePurpose,
    *,
    now: dt.datetime = NOON,
    is_stopped: bool = False,
    is_care_agreed: bool = False,
    sent_in_period: int = 0,
) -> tuple[ContactVerdict, ContactReason | None, dt.datetime | None]:
    history = ContactHistory(is_stopped, is_care_agreed, sent_in_period)
    found = decide_contact(purpose, history=history, time_zones=(SHANGHAI,), figures=DEFAULT_FIGURES, now=now)
    return found.verdict, found.reason, found.until_at


@pytest.mark.parametrize("purpose", MessagePurpose)
def test_whoever_stopped_us_hears_only_of_a_visit_that_changes_under_their_feet(purpose: MessagePurpose) -> None:
    verdict, reason, _ = decide(purpose, is_stopped=True, is_care_agreed=True)

    if purpose is MessagePurpose.URGENT:
        assert verdict is ContactVerdict.SEND
    else:
        assert (verdict, reason) == (ContactVerdict.WITHHOLD, ContactReason.OPTED_OUT)


def test_greetings_go_only_to_those_who_said_yes() -> None:
    assert decide(MessagePurpose.CARE)[:2] == (ContactVerdict.WITHHOLD, ContactReason.NO_CONSENT)
    assert decide(MessagePurpose.CARE, is_care_agreed=True)[0] is ContactVerdict.SEND


@pytest.mark.parametrize("purpose", MessagePurpose)
def test_what_nobody_waits_for_waits_for_the_morning_where_the_recipient_is(purpose: MessagePurpose) -> None:
    found = decide(purpose, now=LATE, is_care_agreed=True)

    if purpose in CAN_WAIT:
        assert found == (ContactVerdict.WAIT, ContactReason.QUIET_HOURS, EIGHT)
    else:
        assert found[0] is ContactVerdict.SEND


@pytest.mark.parametrize("purpose", MessagePurpose)
def test_a_cap_lets_so_many_through_and_no_more(purpose: MessagePurpose) -> None:
    cap = cap_of(purpose, DEFAULT_FIGURES)
    if cap is None:
        assert decide(purpose, sent_in_period=10**6)[0] is ContactVerdict.SEND
        return

    assert decide(purpose, is_care_agreed=True, sent_in_period=cap.most - 1)[0] is ContactVerdict.SEND
    refused = decide(purpose, is_care_agreed=True, sent_in_period=cap.most)
    assert refused[:2] == (ContactVerdict.WITHHOLD, ContactReason.TOO_OFTEN)


def test_more_than_the_cap_is_too_much_as_well() -> None:
    """A cap that was lowered meanwhile."""
    refused = decide(MessagePurpose.REMINDER, sent_in_period=DEFAULT_FIGURES.reminders_per_day + 1)

    assert refused[:2] == (ContactVerdict.WITHHOLD, ContactReason.TOO_OFTEN)


def test_of_somebody_we_have_never_written_to_nothing_counts_yet() -> None:
    one_abroad = replace(DEFAULT_FIGURES, strangers_abroad_per_hour=1)

    for purpose in (MessagePurpose.SURVEY, MessagePurpose.URGENT):
        found = decide_contact(purpose, history=ContactHistory(), time_zones=(SHANGHAI,), figures=one_abroad, now=NOON)
        assert found.verdict is ContactVerdict.SEND


def test_caps_of_days_are_of_so_many_days_of_24_hours() -> None:
    reminders, surveys = (
        cap_of(purpose, DEFAULT_FIGURES) for purpose in (MessagePurpose.REMINDER, MessagePurpose.SURVEY)
    )

    assert reminders is not None
    assert reminders.period == dt.timedelta(hours=24)
    assert surveys is not None
    assert surveys.period == dt.timedelta(days=DEFAULT_FIGURES.survey_days)


@given(instants, zones)
def test_nobody_is_woken_and_nobody_waits_longer_than_a_night(now: dt.datetime, zone: str) -> None:
    at = first_waking_instant(now, time_zones=(zone,), figures=DEFAULT_FIGURES)

    local = at.astimezone(ZoneInfo(zone))
    assert DEFAULT_FIGURES.quiet_until_hour <= local.hour < DEFAULT_FIGURES.quiet_from_hour
    assert now <= at <= now + dt.timedelta(hours=12)
    assert at == now or (local.hour, local.minute) == (DEFAULT_FIGURES.quiet_until_hour, 0)


@given(instants)
def test_a_number_of_a_country_with_several_zones_is_called_when_all_are_awake(now: dt.datetime) -> None:
    both = ("America/New_York", "America/Los_Angeles")

    at = first_waking_instant(now, time_zones=both, figures=DEFAULT_FIGURES)

    assert all(8 <= at.astimezone(ZoneInfo(zone)).hour < 21 for zone in both)


@given(instants)
def test_where_zones_have_no_common_day_the_first_one_counts(now: dt.datetime) -> None:
    """Eight hours apart, round the world: two of them always have some hours in common, all three have none."""
    zones = (SHANGHAI, "Europe/London", "America/Los_Angeles")

    at = first_waking_instant(now, time_zones=zones, figures=DEFAULT_FIGURES)

    assert at == first_waking_instant(now, time_zones=(SHANGHAI,), figures=DEFAULT_FIGURES)
