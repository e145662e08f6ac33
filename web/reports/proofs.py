"""Certificates: for the office, for whoever holds a certificate's link, and what is needed to check one (K3)."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from flask import Blueprint, Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.clocks.clock_rules import name_of_clock
from operations.clocks.proof_anchors import list_anchors, write_anchor
from operations.office.proofs import issue_proof
from policies.commitments import PauseReason
from web.foundation.access import OFFICE, for_roles, public
from web.foundation.services import now, services
from web.requests.clock_events import event_name
from web.wording.record_words import say_party
from web.wording.sentences import page_language, say

PURPOSE = "certificate of a request"
VERIFIER = Path(__file__).resolve().parents[2] / "verify_proof.py"
HASH_SHOWN = 16
proofs = Blueprint("proofs", __name__)


@dataclass(frozen=True, slots=True)
class CertificateClock:
    """One clock as a certificate shows it."""

    name: str
    state: str
    started: str
    deadline: str
    decided: str


@proofs.get("/requests/<number>/certificate")
@for_roles(OFFICE)
def show(number: str) -> ResponseReturnValue:
    """The certificate of a request, to look at and to print."""
    return _page(number)


@proofs.get("/requests/<number>/proof.json")
@for_roles(OFFICE)
def download(number: str) -> ResponseReturnValue:
    """The certificate as the file that the verifier checks."""
    return _file(number)


@proofs.get("/proof/<token>")
@public(because="whoever holds the printed certificate may see the same again; it holds no personal data")
def show_by_link(token: str) -> ResponseReturnValue:
    """The certificate its QR code leads to."""
    return _page(_number_of(token))


@proofs.get("/proof/<token>/proof.json")
@public(because="whoever holds the printed certificate may check it; it holds no personal data")
def download_by_link(token: str) -> ResponseReturnValue:
    """The file of the certificate its QR code leads to."""
    return _file(_number_of(token))


@proofs.get("/verify_proof.py")
@public(because="a check is worth something only if everybody has it")
def verifier() -> ResponseReturnValue:
    """The stand-alone verifier."""
    return _download(VERIFIER.read_text(encoding="utf-8"), "verify_proof.py", "text/x-python")


@proofs.get("/anchors")
@public(because="anchors are published: that is what they are for")
def anchors() -> ResponseReturnValue:
    """The public key and the roots of every day."""
    with services().database.reading() as session:
        return render_template("anchors.html", anchors=list_anchors(session), public_key=services().signer.public_key)


@proofs.get("/anchors.json")
@public(because="anchors are published: that is what they are for")
def anchors_file() -> ResponseReturnValue:
    """The same, as a file to keep and to give to the verifier."""
    with services().database.reading() as session:
        published = {
            "public_key": services().signer.public_key,
            "anchors": [write_anchor(anchor) for anchor in list_anchors(session)],
        }
    return _json(published, "anchors.json")


def _page(number: str) -> str:
    with services().database.reading() as session:
        request = _find(session, number)
        proof = _issue(session, request)
        zone = ZoneInfo(request.site.time_zone if request.site else request.area.time_zone if request.area else "UTC")
        clocks = [_clock(session, clock, zone) for clock in proof["clocks"]]
        events = [_event(session, event, zone) for event in _all_events(proof)]
    link = url_for(".show_by_link", token=_token().dumps(number))
    return render_template(
        "certificate.html",
        proof=proof,
        clocks=clocks,
        events=events,
        promises=[_promise(promise, zone) for promise in proof["promises"]],
        issued=_at(proof["issued_at"], zone),
        zone=zone.key,
        link=link,
        file=url_for(".download_by_link", token=_token().dumps(number)),
        address=services().house.public_base_url + link,
        anchors_address=services().house.public_base_url + url_for(".anchors"),
        qr=_draw(services().house.public_base_url + link),
    )


def _file(number: str) -> Response:
    with services().database.reading() as session:
        proof = _issue(session, _find(session, number))
    return _json(proof, f"proof-{number}.json")


def _find(session: Session, number: str) -> ServiceRequest:
    found = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
    return found or abort(404)


def _issue(session: Session, request: ServiceRequest) -> dict[str, Any]:
    wired = services()
    return issue_proof(session, request=request, signer=wired.signer, house=wired.house, now=now())


def _json(document: dict[str, Any], name: str) -> Response:
    return _download(json.dumps(document, ensure_ascii=False, indent=1) + "\n", name, "application/json")


def _download(text: str, name: str, kind: str) -> Response:
    return Response(text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _token() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=PURPOSE)


def _number_of(token: str) -> str:
    try:
        return str(_token().loads(token))
    except BadSignature:
        abort(404)


def _draw(address: str) -> Markup:
    """Return a QR code of an address as a drawing within the page."""
    drawing = segno.make(address, error="m").svg_inline(scale=4, svgclass="qr", lineclass="qr-line", omitsize=True)
    return Markup(drawing)  # noqa: S704 (drawn by us, from squares)


def _clock(session: Session, clock: dict[str, Any], zone: ZoneInfo) -> CertificateClock:
    verdict = clock["verdict"]
    decided = verdict["fulfilled_at"] or verdict["decided_at"]
    return CertificateClock(
        name=name_of_clock(session, kind=clock["rule"]["kind"], language=str(page_language())),
        state=verdict["state"],
        started=_at(verdict["started_at"], zone),
        deadline=_at(verdict["deadline_at"], zone),
        decided=_at(decided, zone) if decided else "",
    )


def _all_events(proof: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of all chains as they happened."""
    events = [event for chain in proof["chains"] for event in chain["events"]]
    return sorted(events, key=lambda event: event["occurred_at"])


def _event(session: Session, event: dict[str, Any], zone: ZoneInfo) -> dict[str, str]:
    return {
        "detail": " · ".join(_details(session, event["facts"], zone)),
        "at": _at(event["occurred_at"], zone),
        "late": _at(event["recorded_at"], zone) if event["recorded_at"] != event["occurred_at"] else "",
        "kind": event_name(event["kind"]),
        "actor": say_party(event["actor"]),
        "hash": event["hash"][:HASH_SHOWN],
    }


def _details(session: Session, facts: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Yield what makes an event plain: of which promise, for what reason, for when."""
    if "clock" in facts:
        yield name_of_clock(session, kind=facts["clock"], language=str(page_language()))
    if facts.get("reason") in set(PauseReason):
        yield say(f"pause_reason.{facts['reason']}")
    if facts.get("from") and facts.get("until"):
        yield _window(facts, zone)
    if "solved_by_on" in facts:
        yield facts["solved_by_on"]


def _window(window: dict[str, Any], zone: ZoneInfo) -> str:
    """Return a promised window to the minute, its day once."""
    from_at, until_at = (dt.datetime.fromisoformat(window[name]).astimezone(zone) for name in ("from", "until"))
    end = f"{until_at:%H:%M}" if until_at.date() == from_at.date() else f"{until_at:%Y-%m-%d %H:%M}"
    return f"{from_at:%Y-%m-%d %H:%M} – {end}"


def _promise(promise: dict[str, Any], zone: ZoneInfo) -> dict[str, str]:
    windows = {name: _window(promise[name], zone) for name in ("first", "last")}
    kept = {f"{name}_kept": _kept(promise[f"is_{name}_kept"]) for name in ("first", "last")}
    return {**windows, **kept, "arrived": _at(promise["arrived_at"], zone) if promise["arrived_at"] else ""}


def _kept(is_kept: bool | None) -> str:  # noqa: FBT001 (as the certificate has it)
    return "open_yet" if is_kept is None else "kept" if is_kept else "missed"


def _at(text: str, zone: ZoneInfo) -> str:
    return f"{dt.datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M:%S}"
