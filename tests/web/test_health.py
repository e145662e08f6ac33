"""What load balancers and monitoring ask."""

from flask.testing import FlaskClient

from tests.town import Town


def test_a_living_process_says_so(stranger: FlaskClient) -> None:
    assert stranger.get("/healthz").status_code == 200


def test_it_is_ready_while_the_database_answers(town: Town, stranger: FlaskClient) -> None:
    ready = stranger.get("/readyz").status_code

    town.services.database.is_reachable = lambda: False  # type: ignore[method-assign]
    without = stranger.get("/readyz")

    assert ready == 200
    assert without.status_code == 503
    assert "database" in without.text


def test_requests_are_measured_by_page_and_status(stranger: FlaskClient) -> None:
    stranger.get("/healthz")

    text = stranger.get("/metrics").text

    assert 'onecall_request_seconds_count{method="GET",page="web.health.healthz",status="200"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_metrics_are_for_this_machine_alone(stranger: FlaskClient) -> None:
    from_outside = stranger.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"})
    through_a_proxy = stranger.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})

    assert (from_outside.status_code, through_a_proxy.status_code) == (403, 403)
