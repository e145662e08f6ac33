from datetime import UTC, datetime, timedelta

import pytest

from simulator.clock import VirtualClock, WallClock

NIGHT = datetime(2026, 3, 2, 14, 40, tzinfo=UTC)


def test_virtual_time_passes_only_when_it_is_told_to() -> None:
    clock = VirtualClock(NIGHT)

    clock.advance(90.5)
    assert clock.now() == NIGHT + timedelta(seconds=90.5)
    clock.set(NIGHT + timedelta(hours=8))
    assert clock.now() == NIGHT + timedelta(hours=8)


def test_virtual_time_never_goes_back_and_always_has_a_zone() -> None:
    with pytest.raises(ValueError, match="back"):
        VirtualClock(NIGHT).set(NIGHT - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(NIGHT.replace(tzinfo=None))


def test_calls_do_not_move_the_machines_own_clock() -> None:
    clock = WallClock()
    before = clock.now()

    clock.advance(3600)

    assert clock.now() - before < timedelta(minutes=1)
