"""What the rows of a request and its visits count is what its visits say, in whatever order they were put right."""

import datetime as dt

from hypothesis import HealthCheck, given, settings, strategies as st

from models import Visit
from models.database import Database
from operations.fieldwork.visits import draft_visit
from operations.matters.visit_counts import count_visits
from policies.visit_states import VisitState
from tests.factories.city import City, open_visit
from tests.factories.instants import NIGHT

VISITS = 3
MINUTES = st.none() | st.integers(0, 4).map(lambda tens: 10 * tens)
CHANGES = st.lists(
    st.tuples(
        st.integers(0, VISITS - 1),
        MINUTES,
        MINUTES,
        st.sampled_from([VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS, VisitState.CANCELLED]),
    ),
    min_size=1,
    max_size=8,
)


def instant(minutes: int | None) -> dt.datetime | None:
    return None if minutes is None else NIGHT + dt.timedelta(minutes=minutes)


@given(changes=CHANGES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_every_change_of_any_visit_its_request_counts_them_all(
    database: Database, city: City, changes: list[tuple[int, int | None, int | None, VisitState]]
) -> None:
    with database.writing() as session:
        first = open_visit(session, city)
        request = first.request
        visits = [first]
        while len(visits) < VISITS:
            visits[-1].state = VisitState.CANCELLED
            session.flush()
            visits.append(draft_visit(session, request=request))
        other = open_visit(session, city, customer=1)
        other.arrived_at, other.state = NIGHT, VisitState.COMPLETED

        for number, begun, lasted, state in changes:
            changed = visits[number]
            changed.arrived_at, changed.state = instant(begun), state
            changed.completed_at = None if begun is None or lasted is None else instant(begun + lasted)

            count_visits(session, request=request)

        session.flush()
        session.expire_all()
        there = [one for one in visits if one.arrived_at]
        assert request.arrivals == len(there)
        assert request.on_site_seconds == sum(seconds_of(one) for one in visits)
        assert request.tried_visits == sum(str(one.state) in {"completed", "incomplete", "no_access"} for one in visits)
        for one in visits:
            earlier = [it for it in there if it.arrived_at and one.arrived_at and it.arrived_at < one.arrived_at]
            assert one.visits_before == len(earlier)


def seconds_of(visit: Visit) -> float:
    if visit.arrived_at is None or visit.completed_at is None:
        return 0
    return (visit.completed_at - visit.arrived_at).total_seconds()
