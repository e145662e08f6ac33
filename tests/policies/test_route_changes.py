import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.route_changes import RETIME_TOLERANCE, ChangeKind, RouteChange, list_route_changes
from tests.factories.instants import minutes, monday

Route = dict[int, dt.datetime]
routes = st.dictionaries(st.integers(1, 8), st.integers(0, 600).map(lambda minute: monday(8) + minutes(minute)))


def apply_changes(told: Route, changes: tuple[RouteChange, ...]) -> Route:
    route = dict(told)
    for change in changes:
        if change.start_at is None:
            del route[change.visit_id]
        else:
            route[change.visit_id] = change.start_at
    return route


@given(routes, routes)
def test_whoever_applies_the_changes_to_what_he_knew_knows_the_plan(told: Route, planned: Route) -> None:
    known = apply_changes(told, list_route_changes(told=told, planned=planned))

    assert set(known) == set(planned)
    assert all(abs(known[visit] - planned[visit]) <= RETIME_TOLERANCE for visit in planned)


@given(routes, routes)
def test_nobody_is_told_what_he_knows(told: Route, planned: Route) -> None:
    changes = list_route_changes(told=told, planned=planned)

    assert len({change.visit_id for change in changes}) == len(changes)
    for change in changes:
        if change.kind is ChangeKind.ADDED:
            assert change.visit_id not in told
        elif change.kind is ChangeKind.REMOVED:
            assert change.visit_id not in planned
        else:
            assert abs(planned[change.visit_id] - told[change.visit_id]) > RETIME_TOLERANCE


@given(routes, routes)
def test_once_told_there_is_nothing_more_to_tell(told: Route, planned: Route) -> None:
    known = apply_changes(told, list_route_changes(told=told, planned=planned))

    assert list_route_changes(told=known, planned=planned) == ()


@given(routes, routes)
def test_changes_come_in_the_order_of_the_day_and_removals_last(told: Route, planned: Route) -> None:
    changes = list_route_changes(told=told, planned=planned)

    starts = [change.start_at for change in changes]
    with_time = [start for start in starts if start is not None]
    assert starts == sorted(with_time) + [None] * (len(starts) - len(with_time))


@pytest.mark.parametrize(("later_minutes", "is_told"), [(15, False), (-15, False), (16, True), (-16, True), (0, False)])
def test_a_start_that_moves_by_a_quarter_of_an_hour_is_not_worth_a_message(
    later_minutes: float, *, is_told: bool
) -> None:
    changes = list_route_changes(told={1: monday(10)}, planned={1: monday(10) + minutes(later_minutes)})

    assert [change.kind for change in changes] == ([ChangeKind.RETIMED] if is_told else [])
