"""For load balancers and monitoring: alive, ready, measured."""

import time

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from operations.road_times import find_road_service
from web.access import public
from web.services import services

health = Blueprint("health", __name__)
REGISTRY = "onecall_metrics"
ROADS = "onecall_road_metrics"
LOOPBACK = {"127.0.0.1", "::1"}
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@health.get("/healthz")
@public(because="a load balancer asks, and learns nothing but that the process lives")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
@public(because="a load balancer asks")
def readyz() -> Response:
    """It can serve: the database answers. A road service that does not only makes driving times less exact."""
    if not services().database.is_reachable():
        return Response("the database does not answer\n", status=503, mimetype="text/plain")
    return Response(f"ready\n{_say_roads()}", mimetype="text/plain")


@health.get("/metrics")
@public(because="monitoring asks from this machine; others are refused below")
def metrics() -> Response:
    """Requests, their seconds and the process, in Prometheus' text format; only for this machine itself."""
    if request.remote_addr not in LOOPBACK or "X-Forwarded-For" in request.headers:
        abort(403)
    _measure_roads(current_app.extensions[ROADS])
    return Response(generate_latest(current_app.extensions[REGISTRY]), content_type=CONTENT_TYPE_LATEST)


def _say_roads() -> str:
    with services().database.reading() as session:
        roads = find_road_service(session)
        if roads is None:
            return ""
        is_down = "the road service does not answer; " if roads.failures else ""
        known = f"roads of {roads.places_known} of {roads.places_wanted} places known, other times are estimated"
        return f"{is_down}{known}\n"


def _measure_roads(gauge: Gauge) -> None:
    with services().database.reading() as session:
        roads = find_road_service(session)
        gauge.labels("places_wanted").set(roads.places_wanted if roads else 0)
        gauge.labels("places_known").set(roads.places_known if roads else 0)
        gauge.labels("failures_in_a_row").set(roads.failures if roads else 0)


def measure(app: Flask) -> None:
    """Measure every request of the application, Twilio's webhooks too."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    seconds = Histogram(
        "onecall_request_seconds",
        "Seconds from a request's arrival to its answer",
        ("method", "page", "status"),
        buckets=SECONDS,
        registry=registry,
    )
    app.extensions[REGISTRY] = registry
    app.extensions[ROADS] = Gauge(
        "onecall_road_service",
        "Places whose road times are wanted and known, and failures of the road service in a row",
        ("figure",),
        registry=registry,
    )

    @app.before_request
    def start() -> None:
        g.started_at_seconds = time.perf_counter()

    @app.after_request
    def stop(response: Response) -> Response:
        labels = (request.method, request.endpoint or "none", str(response.status_code))
        seconds.labels(*labels).observe(time.perf_counter() - g.get("started_at_seconds", time.perf_counter()))
        return response
