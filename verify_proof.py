"""Check a certificate of OneCall without OneCall: python3 verify_proof.py PROOF.json [--key KEY] [--anchors FILE].

One file, nothing but Python's standard library (3.11 or newer). It checks that no event was changed, removed, put in or
moved; that the certificate was signed with the key in it (compare it with the one the organisation publishes, or give
it with --key); that every clock's verdict follows from the events; and that the chain fits the anchors published daily.
Exit status: 0 everything fits, 1 something does not (each finding is printed), 2 the file cannot be read.
"""

import argparse
import base64
import datetime as dt
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FORMAT = "onecall-proof-1"
EVENT, CERTIFICATE, ANCHOR = b"onecall-event-1\n", b"onecall-certificate-1\n", b"onecall-anchor-1\n"
FIRST_HASH = "0" * 64
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
ZERO = dt.timedelta()

Json = dict[str, Any]
Pair = tuple[dt.datetime, dt.datetime]
Happened = tuple[dt.datetime, str, Json]


# Ed25519, as RFC 8032 (section 5.1) writes it down: points in extended coordinates, nothing secret is handled here.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` (64 bytes) was made over `message` with the private key behind `public_key`."""
    if len(public_key) != 32 or len(signature) != 64:  # noqa: PLR2004 (the lengths Ed25519 has)
        return False
    key, commitment = _decode(public_key), _decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return _is_same(_times(scalar, BASE), _add(commitment, _times(challenge, key)))


def _decode(text: bytes) -> Point | None:
    number = int.from_bytes(text, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0:
        return None
    return P - x if x & 1 != sign else x


def _add(first: Point, second: Point) -> Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % P
    b = (first[1] + first[0]) * (second[1] + second[0]) % P
    c = 2 * first[3] * second[3] * D % P
    d = 2 * first[2] * second[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _is_same(first: Point, second: Point) -> bool:
    return (first[0] * second[2] - second[0] * first[2]) % P == 0 and (
        first[1] * second[2] - second[1] * first[2]
    ) % P == 0


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


# The chain of events.


def canonical(body: Json) -> bytes:
    """Return the one way to write a document: sorted names, no spaces, UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_event(subject: str, event: Json) -> str:
    """Return the hash an event must have by its own words."""
    named = ("position", "kind", "occurred_at", "recorded_at", "source", "actor", "facts", "personal", "previous")
    return hashlib.sha256(canonical({"subject": subject, **{name: event[name] for name in named}})).hexdigest()


def check_chain(chain: Json, key: bytes) -> Iterator[str]:
    """Yield what is wrong with one chain, event by event; nothing when it is whole."""
    subject, events = chain["subject"], chain["events"]
    genuine: dict[int, str] = {}
    for place, event in enumerate(events):
        digest, signature = hash_event(subject, event), _bytes(event["signature"])
        name = f"{subject}: event {event['position']} ({event['kind']}, {event['occurred_at']})"
        if is_signed(key, EVENT + digest.encode(), signature):
            if event["hash"] != digest:
                yield f"{name} states a hash that is not its own"
            if event["position"] in genuine:
                yield f"{name} stands there twice"
            elif genuine and event["position"] < max(genuine):
                yield f"{name} was moved: it stands at place {place}"
            genuine[event["position"]] = digest
        else:
            was_signed = is_signed(key, EVENT + str(event["hash"]).encode(), signature)
            yield f"{name} was altered" if was_signed else f"{name} was altered or put in: we never signed it"
    for position in _missing(events, chain["count"]):
        yield f"{subject}: event {position} is missing"
    yield from _check_links(subject, events, genuine)
    if chain["count"] != len(events):
        yield f"{subject}: {chain['count']} events are certified, {len(events)} are here"
    elif genuine and chain["head"] != genuine.get(len(events) - 1):
        yield f"{subject}: the last event is not the one that is certified"


def _missing(events: list[Json], count: int) -> list[int]:
    """Return the positions that nothing stands for: not where an event only states another position than its own."""
    stated = [event["position"] for event in events]
    lost = [position for position in range(count) if position not in stated]
    return [
        position
        for position in lost
        if position >= len(events) or (stated.count(stated[position]) == 1 and stated[position] in range(count))
    ]


def _check_links(subject: str, events: list[Json], genuine: dict[int, str]) -> Iterator[str]:
    for event in events:
        position = event["position"]
        wanted = genuine.get(position - 1) if position else FIRST_HASH
        if position in genuine and wanted is not None and event["previous"] != wanted:
            yield f"{subject}: event {position} ({event['kind']}) does not follow the event before it"


# Anchors: once a day the last hashes of all chains go into one tree, whose root is signed and published.


def check_anchor(anchor: Json, chains: list[Json], key: bytes) -> Iterator[str]:
    """Yield what is wrong with one anchor: its signature, its place in the tree, or that the chain has moved on."""
    name = f"anchor of {anchor['day']} for {anchor['subject']}"
    if not is_signed(key, ANCHOR + canonical(_statement(anchor)), _bytes(anchor["signature"])):
        yield f"{name}: its signature does not fit"
    leaf = f"{anchor['subject']}\n{anchor['position']}\n{anchor['hash']}".encode()
    node = hashlib.sha256(b"\0" + leaf).digest()
    for side, other in anchor["path"]:
        pair = bytes.fromhex(other) + node if side == "left" else node + bytes.fromhex(other)
        node = hashlib.sha256(b"\1" + pair).digest()
    if node.hex() != anchor["root"]:
        yield f"{name}: the chain is not in that day's tree"
    for chain in chains:
        if chain["subject"] == anchor["subject"]:
            anchored = (one for one in chain["events"] if one["position"] == anchor["position"])
            found = [hash_event(chain["subject"], one) for one in anchored]
            if found != [anchor["hash"]]:
                yield f"{name}: event {anchor['position']}, or one before it, was changed after that day"


def check_published(anchors: list[Json], published: list[Json]) -> Iterator[str]:
    """Yield where the anchors in a certificate differ from those that were published."""
    roots = {anchor["day"]: anchor["root"] for anchor in published}
    for anchor in anchors:
        if roots.get(anchor["day"]) != anchor["root"]:
            yield f"anchor of {anchor['day']}: another root was published, or none"


def _statement(anchor: Json) -> Json:
    return {name: anchor[name] for name in ("day", "count", "root", "previous_root")}


# The clocks, read again from the events.


def instant(text: str) -> dt.datetime:
    """Return the instant a certificate writes."""
    return dt.datetime.fromisoformat(text)


def check_clock(clock: Json, calendar: Json, events: list[Json]) -> Iterator[str]:
    """Yield where the verdict in the certificate differs from what the events say."""
    verdict = read_clock(clock["rule"], calendar, events, instant(clock["read_at"]))
    for name, certified in clock["verdict"].items():
        found = verdict.get(name) if verdict else None
        stated = instant(certified) if certified and name.endswith("_at") else certified
        if found != stated:
            yield f"{clock['subject']}: clock {clock['rule']['kind']}: {name} is certified {certified}, read {found}"


def read_clock(rule: Json, calendar: Json, events: list[Json], now: dt.datetime) -> Json | None:
    """Return state, start, deadline, decision and fulfilment of a clock at an instant; None if it never started."""
    happened = _standing(events, now)
    started = _first(happened, rule["started_by"], None)
    agreed = next((f for at, kind, f in happened if kind == "target_agreed" and f.get("clock") == rule["kind"]), None)
    if started is None or (agreed is None and "agreed" in rule["target"]):
        return None
    target = _length(agreed if agreed is not None else rule["target"], calendar, started)
    pauses = _pauses(rule, happened, started)
    reached = _reach(calendar, started, target, pauses)
    is_held = reached is None
    deadline = reached or _reach(calendar, started, target, pauses[:-1]) or NEVER
    met, withdrawn = (_first(happened, rule[name], started) for name in ("met_by", "withdrawn_by"))
    state, decided = "running", None
    if met is not None and (is_held or met <= deadline) and (withdrawn is None or met <= withdrawn):
        state, decided = "met", met
    elif withdrawn is not None and (is_held or withdrawn <= deadline) and (met is None or withdrawn < met):
        state, decided = "withdrawn", withdrawn
    elif is_held:
        state = "paused"
    elif now > deadline:
        state, decided = "broken", deadline
    return {"state": state, "started_at": started, "deadline_at": deadline, "decided_at": decided, "fulfilled_at": met}


def _standing(events: list[Json], now: dt.datetime) -> list[Happened]:
    """Return what happened, corrections applied, in the order in which it happened."""
    corrections: dict[int, Json] = {}
    for event in sorted(events, key=lambda event: event["position"]):
        corrected = event["facts"].get("position", event["position"])
        if event["kind"] == "event_corrected" and corrected < event["position"]:
            corrections[corrected] = event["facts"]
    standing = []
    for event in events:
        correction: Json = corrections.get(event["position"], {})
        at = instant(str(correction.get("occurred_at", event["occurred_at"])))
        if at <= now and not correction.get("is_void"):
            standing.append((at, event["position"], event["kind"], event["facts"]))
    return [(at, kind, facts) for at, _, kind, facts in sorted(standing, key=lambda one: one[:2])]


def _first(happened: list[Happened], kinds: list[str], since: dt.datetime | None) -> dt.datetime | None:
    return next((at for at, kind, _ in happened if kind in kinds and (since is None or at >= since)), None)


def _length(target: Json, calendar: Json, started: dt.datetime) -> dt.timedelta:
    if "until" in target:
        return _open_time(calendar, started, instant(target["until"]))
    if "workdays" not in target:
        return dt.timedelta(**{unit: target[unit] for unit in ("seconds", "minutes", "hours") if unit in target})
    day, left = started.astimezone(ZoneInfo(calendar["zone"])).date(), target["workdays"]
    while left:
        day += dt.timedelta(days=1)
        left -= bool(_hours_of(calendar, day))
    return _open_time(calendar, started, max(end for _, end in _spans_of(calendar, day)))


def _pauses(rule: Json, happened: list[Happened], started: dt.datetime) -> list[Pair]:
    held: set[str] = set()
    since, spans = started, []
    for at, kind, facts in happened:
        if kind not in {"clock_paused", "clock_resumed"} or facts.get("clock", rule["kind"]) != rule["kind"]:
            continue
        before, reason = bool(held), facts.get("reason", "")
        if kind == "clock_paused":
            held |= {reason} & set(rule["pausable_for"])
        else:
            held = held - {reason} if reason else set()
        changed = max(at, started)
        if held and not before:
            since = changed
        elif before and not held and since < changed:
            spans.append((since, changed))
    return [*spans, (since, NEVER)] if held else spans


def _reach(calendar: Json, started: dt.datetime, target: dt.timedelta, pauses: list[Pair]) -> dt.datetime | None:
    if not target:
        return started
    for opens, end in _open_spans(calendar, started):
        start = opens
        for paused, resumed in [*pauses, (NEVER, NEVER)]:
            until = min(end, paused)
            if start < until:
                if until - start >= target:
                    return start + target
                target -= until - start
            start = max(start, resumed)
            if start >= end:
                break
        if pauses and pauses[-1][1] == NEVER and end >= pauses[-1][0]:
            return None
    return None


def _open_time(calendar: Json, start: dt.datetime, until: dt.datetime) -> dt.timedelta:
    total = ZERO
    for opens, closes in _open_spans(calendar, start):
        if opens >= until:
            break
        total += min(closes, until) - opens
    return total


def _open_spans(calendar: Json, start: dt.datetime) -> Iterator[Pair]:
    if calendar["weekly"] is None:
        yield start, NEVER
        return
    day = start.astimezone(ZoneInfo(calendar["zone"])).date() - dt.timedelta(days=1)
    for _ in range(36525):
        for opens, closes in _spans_of(calendar, day):
            if closes > start:
                yield max(opens, start), closes
                start = closes
        day += dt.timedelta(days=1)


def _hours_of(calendar: Json, day: dt.date) -> list[list[str]]:
    hours: list[list[str]] = calendar["days"].get(day.isoformat(), calendar["weekly"][day.weekday()])
    return hours


def _spans_of(calendar: Json, day: dt.date) -> list[Pair]:
    zone, spans = ZoneInfo(calendar["zone"]), []
    for opens, closes in sorted(_hours_of(calendar, day)):
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
        spans.append((_on_the_wall(day, start, zone), _on_the_wall(day, end if end > start else end + 1440, zone)))
    return spans


def _on_the_wall(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    """Return when a clock on the wall first shows so many minutes after midnight, or has passed them."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    while late - early > dt.timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


# The certificate.


def check_promises(promises: list[Json], events: list[Json]) -> Iterator[str]:
    """Yield where the windows certified as promised and kept differ from what the events say."""
    found = read_promises(events)
    for promise in promises:
        if found.get(promise["visit"]) != promise:
            yield f"visit {promise['visit']}: the windows certified are not those the events say"
    if {promise["visit"] for promise in promises} != set(found):
        yield "promised windows: a visit is left out, or was put in"


def read_promises(events: list[Json]) -> dict[int, Json]:
    """Return by visit the first and the last window promised, when somebody arrived, and which of them was kept."""
    visits: dict[int, Json] = {}
    for at, kind, facts in _standing(events, NEVER):
        visit: Any = facts.get("visit")
        if kind in {"window_promised", "window_moved"} and facts.get("from") and facts.get("until"):
            window = {"from": facts["from"], "until": facts["until"]}
            known = visits.setdefault(visit, {"visit": visit, "first": window, "arrived_at": None})
            if known["arrived_at"] is None:
                known["last"] = window
        elif kind == "visit_arrived" and visit in visits and visits[visit]["arrived_at"] is None:
            visits[visit]["arrived_at"] = f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    for known in visits.values():
        for name in ("first", "last"):
            known[f"is_{name}_kept"] = _is_inside(known["arrived_at"], known[name])
    return visits


def _is_inside(arrived_at: str | None, window: Json) -> bool | None:
    if arrived_at is None:
        return None
    return instant(window["from"]) <= instant(arrived_at) <= instant(window["until"])


def check_proof(proof: Json, key: str | None = None, published: list[Json] | None = None) -> list[str]:
    """Return everything that is wrong with a certificate, in plain words; an empty list when it holds."""
    if proof.get("format") != FORMAT:
        return [f"this is no certificate of the form {FORMAT}"]
    findings: list[str] = []
    public_key = _bytes(key or proof.get("public_key"))
    try:
        findings.extend(_check_parts(proof, public_key, published))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        findings.append(f"a part of the certificate cannot be read: {type(error).__name__} {error}")
    if key is not None and proof.get("public_key") != key:
        findings.insert(0, "the certificate was made with another key than the one given")
    body = {name: value for name, value in proof.items() if name != "signature"}
    if not is_signed(public_key, CERTIFICATE + canonical(body), _bytes(proof.get("signature"))):
        findings.append("the certificate's own signature does not fit: something in it was changed after it was signed")
    return findings


def _check_parts(proof: Json, key: bytes, published: list[Json] | None) -> Iterator[str]:
    for chain in proof["chains"]:
        yield from check_chain(chain, key)
    events = {chain["subject"]: chain["events"] for chain in proof["chains"]}
    for clock in proof["clocks"]:
        yield from check_clock(clock, proof["calendars"][clock["calendar"]], events[clock["subject"]])
    yield from check_promises(proof["promises"], events[proof["subject"]])
    for anchor in proof["anchors"]:
        yield from check_anchor(anchor, proof["chains"], key)
    if published is not None:
        yield from check_published(proof["anchors"], published)


def _bytes(text: object) -> bytes:
    try:
        read = base64.b64decode(str(text), validate=True)
    except ValueError:
        return b""
    # Base64 can write the same bytes in several ways; only one of them was signed.
    return read if base64.b64encode(read).decode() == text else b""


def main(arguments: list[str] | None = None) -> int:
    """Check the file named and say what was found."""
    parser = argparse.ArgumentParser(prog="verify_proof.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("proof", type=Path)
    parser.add_argument("--key", help="the organisation's public key, as it publishes it (base64)")
    parser.add_argument("--anchors", type=Path, help="the anchors it has published (JSON), kept by yourself")
    given = parser.parse_args(arguments)
    try:
        proof = json.loads(given.proof.read_text(encoding="utf-8"))
        published = json.loads(given.anchors.read_text(encoding="utf-8"))["anchors"] if given.anchors else None
        findings = check_proof(proof, given.key, published)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"{given.proof} cannot be read as a certificate: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return _report(proof, findings, is_key_known=given.key is not None)


def _report(proof: Json, findings: list[str], *, is_key_known: bool) -> int:
    for finding in findings:
        print(f"NOT RIGHT  {finding}")
    if findings:
        return 1
    count = sum(len(chain["events"]) for chain in proof["chains"])
    print(f"Request {proof['request']}: {count} events are whole and signed.")
    print(f"{len(proof['clocks'])} clocks, read again from the events, stand as certified:")
    for clock in proof["clocks"]:
        verdict = clock["verdict"]
        print(f"  {clock['rule']['kind']:16} {verdict['state']:10} due {verdict['deadline_at']}")
    anchored = sorted({anchor["day"] for anchor in proof["anchors"]})
    print(f"Anchored on {', '.join(anchored)}." if anchored else "Not anchored yet: it is younger than a day.")
    if not is_key_known:
        print(f"The key is the certificate's own, {proof['public_key']}: compare it with the one published.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
