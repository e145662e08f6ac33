"""Queues in the REST stand-in, and the callers who wait in them."""

from __future__ import annotations

from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from simulator.exchange import API_VERSION, Exchange
from simulator.queues import Waiting, WaitingQueue
from simulator.rest_requests import RestRefusal, answer_page, this_exchange

LONGEST_NAME = 64
MOST_PLACES = 5000
FRONT = "Front"
queues = Blueprint("queues", __name__)


@queues.get("/Queues.json")
def list_queues() -> Response:
    """List all queues."""
    exchange = this_exchange()
    return answer_page("queues", [_queue_as_json(exchange, queue) for queue in exchange.queues.values()])


@queues.post("/Queues.json")
def make_queue() -> tuple[Response, int]:
    """Make a queue before the first caller waits in it."""
    exchange, name = this_exchange(), request.form.get("FriendlyName", "")
    _check_name(exchange, name)
    queue = WaitingQueue(name, exchange.sids.new("QU"), exchange.clock.now(), _read_size(WaitingQueue.max_size))
    exchange.queues[name] = queue
    return jsonify(_queue_as_json(exchange, queue)), HTTPStatus.CREATED


@queues.get("/Queues/<sid>.json")
def show_queue(sid: str) -> Response:
    """Say how many wait in a queue, and how long."""
    exchange = this_exchange()
    return jsonify(_queue_as_json(exchange, _find_queue(exchange, sid)))


@queues.post("/Queues/<sid>.json")
def change_queue(sid: str) -> Response:
    """Give a queue another name or size."""
    exchange = this_exchange()
    queue, name = _find_queue(exchange, sid), request.form.get("FriendlyName")
    if name is not None and name != queue.name:
        _check_name(exchange, name)
        del exchange.queues[queue.name]
        queue.name = name
        exchange.queues[name] = queue
    queue.max_size = _read_size(queue.max_size)
    return jsonify(_queue_as_json(exchange, queue))


@queues.delete("/Queues/<sid>.json")
def erase_queue(sid: str) -> tuple[str, int]:
    """Erase an empty queue."""
    exchange = this_exchange()
    queue = _find_queue(exchange, sid)
    if queue.waiting:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, "Cannot delete a queue that is not empty")
    del exchange.queues[queue.name]
    return "", HTTPStatus.NO_CONTENT


@queues.get("/Queues/<queue_sid>/Members.json")
def list_members(queue_sid: str) -> Response:
    """List who waits, the longest first."""
    exchange = this_exchange()
    queue = _find_queue(exchange, queue_sid)
    return answer_page("queue_members", [_member_as_json(exchange, queue, one) for one in queue.waiting])


@queues.get("/Queues/<queue_sid>/Members/<call_sid>.json")
def show_member(queue_sid: str, call_sid: str) -> Response:
    """Say which place somebody has; `Front` is whoever has waited longest."""
    exchange = this_exchange()
    queue = _find_queue(exchange, queue_sid)
    return jsonify(_member_as_json(exchange, queue, _find_member(queue, call_sid)))


@queues.post("/Queues/<queue_sid>/Members/<call_sid>.json")
def take_member_out(queue_sid: str, call_sid: str) -> Response:
    """Send somebody who waits to another document."""
    exchange = this_exchange()
    queue = _find_queue(exchange, queue_sid)
    member = _find_member(queue, call_sid)
    if not request.form.get("Url"):
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, "Url is required")
    row = _member_as_json(exchange, queue, member)
    exchange.calls[member.call_sid].is_moved_to(request.form["Url"])
    return jsonify(row)


def _find_queue(exchange: Exchange, sid: str) -> WaitingQueue:
    return next((one for one in exchange.queues.values() if one.sid == sid), None) or abort(HTTPStatus.NOT_FOUND)


def _find_member(queue: WaitingQueue, call_sid: str) -> Waiting:
    found = (one for one in queue.waiting if call_sid in {FRONT, one.call_sid})
    return next(found, None) or abort(HTTPStatus.NOT_FOUND)


def _check_name(exchange: Exchange, name: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, f"FriendlyName has 1 to {LONGEST_NAME} characters")
    if name in exchange.queues:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 22003, f"Queue with FriendlyName {name} already exists")


def _read_size(default: int) -> int:
    text = request.form.get("MaxSize", str(default))
    if not text.isdecimal() or not 0 < int(text) <= MOST_PLACES:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, f"MaxSize is a whole number from 1 to {MOST_PLACES}")
    return int(text)


def _queue_as_json(exchange: Exchange, queue: WaitingQueue) -> dict[str, Any]:
    now = exchange.clock.now()
    waits = [queue.find_wait_seconds(one.call_sid, now) for one in queue.waiting]
    return {
        "account_sid": exchange.account_sid,
        "average_wait_time": round(sum(waits) / len(waits)) if waits else 0,
        "current_size": len(waits),
        "date_created": format_datetime(queue.made_at),
        "date_updated": format_datetime(queue.made_at),
        "friendly_name": queue.name,
        "max_size": queue.max_size,
        "sid": queue.sid,
        "subresource_uris": {"members": f"{_address_of(exchange, queue)}/Members.json"},
        "uri": f"{_address_of(exchange, queue)}.json",
    }


def _member_as_json(exchange: Exchange, queue: WaitingQueue, member: Waiting) -> dict[str, Any]:
    return {
        "call_sid": member.call_sid,
        "date_enqueued": format_datetime(member.since),
        "position": queue.find_position(member.call_sid),
        "queue_sid": queue.sid,
        "uri": f"{_address_of(exchange, queue)}/Members/{member.call_sid}.json",
        "wait_time": queue.find_wait_seconds(member.call_sid, exchange.clock.now()),
    }


def _address_of(exchange: Exchange, queue: WaitingQueue) -> str:
    return f"/{API_VERSION}/Accounts/{exchange.account_sid}/Queues/{queue.sid}"
