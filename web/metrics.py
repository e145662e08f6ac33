"""Figures for monitoring in Prometheus' text format: requests as they are answered, the house as its data says."""

import time
from collections.abc import Iterator
from dataclasses import fields

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from operations.office.vital_signs import read_vital_signs
from operations.planning.road_times import find_road_service
from policies.degraded import VitalSigns, list_troubles
from web.foundation.services import now, services

REGISTRY = "onecall_metrics"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
BY_NAME = {"failed_jobs": "job", "job_age_seconds": "job", "plan_age_seconds": "area"}
"""Figures that are one for each job or area."""
MEANINGS = {
    "calls_under_way": "Calls that have not ended",
    "calls_last_hour": "Calls begun within the last hour",
    "calls_answered_late_last_hour": "Calls of the last hour whose first word came after more than 15 seconds",
    "windows_held": "Windows held for callers who are choosing",
    "windows_lost_last_hour": "Windows whose caller did not choose in time",
    "messages_waiting": "Messages that might go now and have not",
    "messages_tried_in_vain": "Messages tried for more than five minutes that nobody has taken",
    "messages_uncertain": "Messages of which we do not know whether the provider has them",
    "messages_not_received_last_day": "Messages nobody received",
    "oldest_message_seconds": "Seconds the message that waits longest might have gone",
    "clocks_due_within_an_hour": "Running clocks whose deadline is near",
    "clocks_broken_last_day": "Commitments broken within a day",
    "proposals_waiting": "Proposals that wait for a dispatcher",
    "plan_events_unanswered": "Events the planner has not answered",
    "plan_events_failed_last_hour": "Events the planner could not answer",
    "road_failures": "Failures of the road service in a row",
    "disk_free_bytes": "Bytes free on the disk of the data folder",
    "failed_jobs": "1 for each clock job whose last run failed",
    "job_age_seconds": "Seconds since a clock job began last",
    "plan_age_seconds": "Seconds since an area's plan changed last",
}


class HouseCollector(Collector):
    """Reads the vital signs when somebody asks; registered once per application, used within its requests."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing, so that registering asks no database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every vital sign, the troubles, and the state of the road service."""
        with services().database.reading() as session:
            signs = read_vital_signs(session, now=now(), folder=services().spool_file.parent)
            roads = find_road_service(session)
            places = (roads.places_wanted, roads.places_known, roads.failures) if roads else (0, 0, 0)
        yield from _families(signs)
        down = GaugeMetricFamily("onecall_trouble", "1 for each part of the house that is down", labels=("part",))
        for trouble in list_troubles(signs):
            down.add_metric((trouble,), 1)
        yield down
        known = GaugeMetricFamily(
            "onecall_road_service",
            "Places whose road times are wanted and known, failures in a row",
            labels=("figure",),
        )
        for figure, count in zip(("places_wanted", "places_known", "failures_in_a_row"), places, strict=True):
            known.add_metric((figure,), count)
        yield known


def _families(signs: VitalSigns) -> Iterator[GaugeMetricFamily]:
    for field in fields(signs):
        if field.name not in MEANINGS:
            continue
        value, label = getattr(signs, field.name), BY_NAME.get(field.name)
        family = GaugeMetricFamily(f"onecall_{field.name}", MEANINGS[field.name], labels=(label,) if label else ())
        for name, one in value.items() if label else [(None, value)]:
            family.add_metric((name,) if name else (), one)
        yield family


def measure(app: Flask) -> None:
    """Measure every request of the application, Twilio's webhooks too."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(HouseCollector())
    seconds = Histogram(
        "onecall_request_seconds",
        "Seconds from a request's arrival to its answer",
        ("method", "page", "status"),
        buckets=SECONDS,
        registry=registry,
    )
    app.extensions[REGISTRY] = registry

    @app.before_request
    def start() -> None:
        g.started_at_seconds = time.perf_counter()

    @app.after_request
    def stop(response: Response) -> Response:
        labels = (request.method, request.endpoint or "none", str(response.status_code))
        seconds.labels(*labels).observe(time.perf_counter() - g.get("started_at_seconds", time.perf_counter()))
        return response


def registry_of_app() -> CollectorRegistry:
    """Return the figures of the application that answers this request."""
    registry: CollectorRegistry = current_app.extensions[REGISTRY]
    return registry
