"""What monitoring learns of the road service."""

from flask.testing import FlaskClient

from models import RoadService
from tests.town import Town


def add_service(town: Town, *, failures: int) -> None:
    with town.services.database.writing() as session:
        session.add(
            RoadService(
                profile="osrm/driving@roads:5000",
                next_try_at=town.clock.now(),
                failures=failures,
                error="roads:5000 does not answer" if failures else None,
                places_known=30,
                places_wanted=40,
            )
        )


def test_readiness_says_how_much_of_the_roads_is_known(town: Town, stranger: FlaskClient) -> None:
    without = stranger.get("/readyz")
    add_service(town, failures=0)
    known = stranger.get("/readyz")

    assert (without.status_code, without.text) == (200, "ready\n")
    assert (known.status_code, known.text) == (
        200,
        "ready\nroads of 30 of 40 places known, other times are estimated\n",
    )


def test_a_road_service_that_is_down_is_told_and_takes_nobody_out_of_service(town: Town, stranger: FlaskClient) -> None:
    add_service(town, failures=3)

    ready, figures = stranger.get("/readyz"), stranger.get("/metrics").text

    assert ready.status_code == 200
    assert "the road service does not answer" in ready.text
    assert "roads:5000" not in ready.text
    assert 'onecall_road_service{figure="failures_in_a_row"} 3.0' in figures
    assert 'onecall_road_service{figure="places_known"} 30.0' in figures
