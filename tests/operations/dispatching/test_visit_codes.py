"""A visit's code: another's only long after its visit has ended, which is found all the same."""

import pytest
from sqlalchemy import update

from models import Visit
from models.database import Database
from operations.dispatching.visit_codes import CODE_RESTS_VISITS, CODE_TRIES, NoFreeVisitCode, draw_free_code
from policies.request_numbers import draw_visit_code
from policies.visit_states import VisitState
from tests.factories.city import make_city, open_visit


class Draws:
    """Draws the first sign of everything so many times, then the second."""

    def __init__(self, firsts: int) -> None:
        self.left = 4 * firsts

    def randrange(self, _stop: int, /) -> int:
        self.left -= 1
        return 0 if self.left >= 0 else 1


FIRST, SECOND = draw_visit_code(Draws(1)), draw_visit_code(Draws(0))


def draw(database: Database, *, state: VisitState, later: int, tries: int = 1) -> tuple[str, str]:
    """Return the code drawn beside a visit that has the first one, and the code that visit has then."""
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, customers=2)
        holder, newest = (open_visit(session, city, customer=customer) for customer in range(2))
        holder.code, holder.state = FIRST, state
        session.flush()
        session.execute(update(Visit).where(Visit.id == newest.id).values(id=holder.id + later))
        return draw_free_code(session, draws=Draws(tries)), holder.code


def test_a_code_whose_visit_ended_long_ago_goes_to_another_and_the_old_visit_keeps_one_of_its_own(
    database: Database,
) -> None:
    drawn, left = draw(database, state=VisitState.COMPLETED, later=CODE_RESTS_VISITS)

    assert drawn == FIRST
    assert left.startswith(f"{FIRST}-")


@pytest.mark.parametrize(
    ("state", "later"),
    [(VisitState.COMPLETED, CODE_RESTS_VISITS - 1), (VisitState.ON_SITE, 3 * CODE_RESTS_VISITS)],
)
def test_a_code_that_somebody_may_still_text_stays_with_its_visit(
    database: Database, state: VisitState, later: int
) -> None:
    assert draw(database, state=state, later=later) == (SECOND, FIRST)


def test_when_every_draw_is_taken_nothing_is_promised_under_somebody_elses_code(database: Database) -> None:
    with pytest.raises(NoFreeVisitCode):
        draw(database, state=VisitState.BOOKED, later=1, tries=CODE_TRIES)
