"""Where a visit stands after what was reported of it has been put right."""

from hypothesis import given, strategies as st

from policies.visit_states import ENDED, PROMISED, VisitState, correct_visit

STATES = st.sampled_from(list(VisitState))


@given(now=STATES, reported=st.lists(STATES))
def test_a_visit_that_was_put_right_stands_at_the_furthest_report_that_holds(
    now: VisitState, reported: list[VisitState]
) -> None:
    corrected = correct_visit(now, reported)

    if now in ENDED or now not in PROMISED or now is VisitState.BOOKED:
        assert corrected is now
    elif VisitState.ON_SITE in reported:
        assert corrected is VisitState.ON_SITE
    elif VisitState.EN_ROUTE in reported:
        assert corrected is VisitState.EN_ROUTE
    else:
        assert corrected in {VisitState.DISPATCHED, VisitState.ACKNOWLEDGED}
