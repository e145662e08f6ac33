"""When an entry happened, and whether somebody else wrote first (D11)."""

import datetime as dt

from hypothesis import given, strategies as some

from policies.field_entries import is_changed_meanwhile, read_phone_time

NOON = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)
TOLD = NOON - dt.timedelta(hours=6)
SPANS = some.timedeltas(min_value=dt.timedelta(), max_value=dt.timedelta(hours=5))
ERRORS = some.timedeltas(min_value=dt.timedelta(days=-4000), max_value=dt.timedelta(days=4000))


@given(SPANS, ERRORS)
def test_a_wrong_clock_on_the_telephone_does_not_matter(age: dt.timedelta, error: dt.timedelta) -> None:
    phone_now = NOON + error

    at = read_phone_time(said_at=phone_now - age, sent_at=phone_now, received_at=NOON, earliest_at=TOLD)

    assert at == NOON - age


@given(ERRORS, ERRORS)
def test_nothing_happens_in_the_future_or_before_it_could(said: dt.timedelta, sent: dt.timedelta) -> None:
    at = read_phone_time(said_at=NOON + said, sent_at=NOON + sent, received_at=NOON, earliest_at=TOLD)

    assert TOLD <= at <= NOON


def test_a_visit_told_while_the_entry_was_under_way_still_has_its_order() -> None:
    at = read_phone_time(said_at=NOON, sent_at=NOON, received_at=NOON, earliest_at=NOON + dt.timedelta(minutes=1))

    assert at == NOON


def test_two_who_write_the_same_part_are_noticed() -> None:
    assert not is_changed_meanwhile(seen=None, last=None)
    assert not is_changed_meanwhile(seen="a", last="a")
    assert not is_changed_meanwhile(seen="a", last=None), "what was seen has been refused since; nobody wrote"
    assert is_changed_meanwhile(seen=None, last="a")
    assert is_changed_meanwhile(seen="a", last="b")
