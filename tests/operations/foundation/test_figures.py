import pytest

from models import PolicyVersion
from models.database import Database
from operations.foundation.figures import figures_at, versioned_figures_at
from policies.figures import DEFAULT_FIGURES, DEFAULT_VERSION
from tests.factories.instants import NIGHT, hours, seconds


@pytest.mark.parametrize(("after_hours", "on_site_hours"), [(-1, 24), (0, 8), (1, 8), (2, 4), (500, 4)])
def test_the_figures_in_force_at_an_instant_count(database: Database, after_hours: float, on_site_hours: int) -> None:
    with database.writing() as session:
        for after, figure in ((2, 4), (0, 8)):
            session.add(
                PolicyVersion(
                    in_force_from_at=NIGHT + hours(after), figures={"on_site_hours": figure}, approved_by="manager"
                )
            )

    with database.reading() as session:
        assert figures_at(session, NIGHT + hours(after_hours)).on_site_hours == on_site_hours


def test_before_any_version_the_defaults_are_in_force(database: Database) -> None:
    with database.reading() as session:
        assert versioned_figures_at(session, NIGHT - seconds(1)) == (DEFAULT_VERSION, DEFAULT_FIGURES)
