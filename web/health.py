"""For load balancers and monitoring: alive, ready, measured; for the office: what is down."""

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from operations.office.vital_signs import read_vital_signs
from operations.planning.road_times import find_road_service
from policies.degraded import Trouble, VitalSigns, list_troubles
from web.foundation.access import OFFICE, for_roles, public
from web.foundation.services import now, services
from web.metrics import registry_of_app

health = Blueprint("health", __name__)
LOOPBACK = {"127.0.0.1", "::1"}
SAID = {
    Trouble.CLOCK_STOPPED: "the clock does not run: nothing is sent, warned of or published",
    Trouble.DISK_NEARLY_FULL: "the disk of the data folder is nearly full: make room before nothing can be written",
    Trouble.JOB_FAILS: "a job of the clock fails; the rest goes on:",
    Trouble.MESSAGES_WAIT: "messages wait: Twilio does not take them, or the clock is behind",
    Trouble.PLANNER_FAILED: "the planner failed: plans stay as they are, bookings go on",
}


@health.get("/healthz")
@public(because="a load balancer asks, and learns nothing but that the process lives")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
@public(because="a load balancer asks")
def readyz() -> Response:
    """It can serve: the database takes changes. What else is down is said, and calls are answered all the same."""
    if not services().database.is_ready():
        return Response("the database does not answer, or takes no changes\n", status=503, mimetype="text/plain")
    signs = _read_signs()
    named = {Trouble.JOB_FAILS: f" {', '.join(sorted(signs.failed_jobs))}"}
    told = (SAID[trouble] + named.get(trouble, "") for trouble in list_troubles(signs) if trouble in SAID)
    lines = ["ready", *told, *_say_roads()]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@health.get("/metrics")
@public(because="monitoring asks from this machine; others are refused below")
def metrics() -> Response:
    """Requests, their seconds, the process and the house, in Prometheus' text format; only for this machine itself."""
    if request.remote_addr not in LOOPBACK or "X-Forwarded-For" in request.headers:
        abort(403)
    return Response(generate_latest(registry_of_app()), content_type=CONTENT_TYPE_LATEST)


@health.get("/troubles")
@for_roles(OFFICE)
def troubles() -> ResponseReturnValue:
    """The strip at the top of every page of the office: what is down, and what that means."""
    return render_template("troubles.html", troubles=list_troubles(_read_signs()))


def _read_signs() -> VitalSigns:
    with services().database.reading() as session:
        return read_vital_signs(session, now=now(), folder=services().spool_file.parent)


def _say_roads() -> list[str]:
    with services().database.reading() as session:
        roads = find_road_service(session)
        if roads is None:
            return []
        is_down = "the road service does not answer; " if roads.failures else ""
        known = f"roads of {roads.places_known} of {roads.places_wanted} places known"
    return [f"{is_down}{known}, other times are estimated"]
