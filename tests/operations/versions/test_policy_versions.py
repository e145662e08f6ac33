"""Figures come into force by version: in range, ahead of time, and on record (K1, T4)."""

import pytest
from hypothesis import given, strategies as st

from models.database import Database
from operations.foundation.events import list_events
from operations.foundation.figures import figures_at
from operations.versions.policy_versions import (
    SUBJECT,
    InForceInThePast,
    LaterVersionThere,
    NothingChanged,
    VersionInForce,
    approve_version,
    list_versions,
    withdraw_version,
)
from policies.figure_ranges import (
    AT_MOST,
    GROUPS,
    OTHERS,
    FigureOutOfRange,
    changed_from_default,
    range_of,
    with_changes,
)
from policies.figures import DEFAULT_FIGURES, Figures, UnknownFigure, read_figures
from tests.factories.instants import NIGHT, hours


def approve(database: Database, after_hours: float, **changes: object) -> None:
    with database.writing() as session:
        approve_version(session, changes=changes, in_force_from_at=NIGHT + hours(after_hours), by="root", now=NIGHT)


def test_a_version_applies_from_its_instant_on_and_keeps_what_the_one_before_changed(database: Database) -> None:
    approve(database, 1, on_site_hours=8)
    approve(database, 2, window_minutes=90)

    with database.reading() as session:
        seen = [figures_at(session, NIGHT + hours(at)) for at in (0, 1, 2)]
        assert [(one.on_site_hours, one.window_minutes) for one in seen] == [(24, 120), (8, 120), (8, 90)]
        events = list_events(session, subject=SUBJECT)
        assert [one.facts["changes"] for one in events] == [
            {"on_site_hours": [24, 8]},
            {"window_minutes": [120, 90]},
        ]
        assert {one.actor for one in events} == {"root"}


def test_a_version_is_refused_before_now_before_a_later_one_and_when_it_changes_nothing(database: Database) -> None:
    approve(database, 5, on_site_hours=8)

    with pytest.raises(InForceInThePast):
        approve(database, -1, on_site_hours=9)
    with pytest.raises(LaterVersionThere):
        approve(database, 4, on_site_hours=9)
    with pytest.raises(NothingChanged):
        approve(database, 6, on_site_hours=8)
    with pytest.raises(UnknownFigure):
        approve(database, 6, on_site_minutes=8)


def test_only_what_is_not_in_force_yet_can_be_withdrawn(database: Database) -> None:
    approve(database, 1, on_site_hours=8)
    approve(database, 3, on_site_hours=6)

    with database.writing() as session:
        last, first = list_versions(session)
        with pytest.raises(LaterVersionThere):
            withdraw_version(session, version=first, by="root", now=NIGHT)
        with pytest.raises(VersionInForce):
            withdraw_version(session, version=last, by="root", now=NIGHT + hours(3))
        withdraw_version(session, version=last, by="root", now=NIGHT)

    with database.reading() as session:
        assert figures_at(session, NIGHT + hours(9)).on_site_hours == 8
        assert list_events(session, subject=SUBJECT)[-1].kind == "policy_withdrawn"


def test_every_figure_has_a_range_or_is_named_as_having_none_and_the_manuals_values_fit() -> None:
    names = [name for group in GROUPS.values() for name in group]

    assert sorted([*names, *OTHERS]) == sorted(Figures.__dataclass_fields__)
    assert with_changes(DEFAULT_FIGURES, {}) == DEFAULT_FIGURES
    assert all(small in names and large in names for small, large in AT_MOST)


@given(name=st.sampled_from([name for group in GROUPS.values() for name in group]), by=st.integers(1, 10**6))
def test_a_figure_outside_its_range_is_named(name: str, by: int) -> None:
    limits = range_of(name)
    assert limits is not None

    for value in (limits[0] - by, limits[1] + by):
        with pytest.raises(FigureOutOfRange) as refused:
            with_changes(DEFAULT_FIGURES, {name: value})
        assert name in refused.value.flaws


@pytest.mark.parametrize("value", ["24:00", "6:30", "06:60", "", "０６:３０"])
def test_a_time_of_day_that_there_is_not_is_refused(value: str) -> None:
    with pytest.raises(FigureOutOfRange):
        with_changes(DEFAULT_FIGURES, {"publish_at_local": value})


def test_what_one_figure_may_be_can_depend_on_another() -> None:
    with pytest.raises(FigureOutOfRange) as refused:
        with_changes(DEFAULT_FIGURES, {"approval_manager_cents": 10_000})

    assert refused.value.flaws == {
        "approval_dispatcher_cents": "approval_manager_cents",
        "approval_complaints_cents": "approval_manager_cents",
    }


def test_what_is_stored_reads_back_as_what_was_approved() -> None:
    changed = with_changes(DEFAULT_FIGURES, {"on_site_hours": 8, "is_auto_publish_on": False})

    assert changed_from_default(changed) == {"on_site_hours": 8, "is_auto_publish_on": False}
    assert read_figures(changed_from_default(changed)) == changed
