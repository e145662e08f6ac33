import pytest
from hypothesis import given, strategies as st

from policies.duty import DutyRole, OnDuty, next_on_ladder, order_ladder

people = st.lists(
    st.builds(OnDuty, st.integers(1, 50), st.sampled_from(DutyRole), st.integers(1, 5), st.booleans()),
    max_size=8,
    unique_by=lambda one: one.turn_id,
)


def on_duty(turn_id: int, role: DutyRole, *, position: int = 1, is_own_area: bool = True) -> OnDuty:
    return OnDuty(turn_id, role, position, is_own_area)


def test_technicians_are_called_before_experts_and_the_manager_last() -> None:
    ladder = order_ladder([on_duty(1, DutyRole.MANAGER), on_duty(2, DutyRole.EXPERT), on_duty(3, DutyRole.TECHNICIAN)])

    assert [one.turn_id for one in ladder] == [3, 2, 1]


def test_the_areas_own_people_come_before_those_on_duty_everywhere() -> None:
    everywhere = on_duty(1, DutyRole.TECHNICIAN, is_own_area=False)
    own = on_duty(2, DutyRole.TECHNICIAN, position=9)

    assert next_on_ladder([everywhere, own], called=[]) == own


def test_at_the_end_of_the_ladder_there_is_nobody() -> None:
    assert next_on_ladder([on_duty(1, DutyRole.MANAGER)], called=[1]) is None
    assert next_on_ladder([], called=[]) is None


@given(people)
def test_calling_one_after_the_other_reaches_everybody_once_and_never_goes_back_a_rung(team: list[OnDuty]) -> None:
    called: list[int] = []
    rungs = []
    while (person := next_on_ladder(team, called=called)) is not None:
        called.append(person.turn_id)
        rungs.append(list(DutyRole).index(person.role))

    assert sorted(called) == sorted(one.turn_id for one in team)
    assert rungs == sorted(rungs)


@pytest.mark.parametrize("gone", [1, 2])
def test_somebody_whose_turn_ended_meanwhile_is_simply_not_there(gone: int) -> None:
    team = [on_duty(1, DutyRole.TECHNICIAN), on_duty(2, DutyRole.TECHNICIAN, position=2)]

    left = [one for one in team if one.turn_id != gone]

    assert next_on_ladder(left, called=[]) == left[0]
