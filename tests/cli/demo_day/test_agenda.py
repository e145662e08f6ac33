import datetime as dt

from hypothesis import given, strategies as st

from cli.demo_day.agenda import Agenda

ZERO = dt.datetime(2026, 5, 11, tzinfo=dt.UTC)


def at(minutes: int) -> dt.datetime:
    return ZERO + dt.timedelta(minutes=minutes)


@given(st.lists(st.integers(0, 50)), st.integers(0, 60))
def test_acts_come_in_the_order_of_their_instants_and_none_after_the_end(minutes: list[int], end: int) -> None:
    agenda = Agenda()
    for minute in minutes:
        agenda.put(at(minute), lambda: None)

    taken = []
    while (item := agenda.take(until=at(end))) is not None:
        taken.append(item[0])

    assert taken == [at(minute) for minute in sorted(minutes) if minute < end]


def test_acts_of_one_instant_keep_their_order() -> None:
    agenda, heard = Agenda(), []
    for name in "abc":
        agenda.put(ZERO, lambda name=name: heard.append(name))  # type: ignore[misc]

    while (item := agenda.take(until=at(1))) is not None:
        item[1]()

    assert heard == ["a", "b", "c"]
