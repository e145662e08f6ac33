"""Conferences in the REST stand-in, and who is in them."""

from __future__ import annotations

from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from simulator.exchange import API_VERSION, Exchange
from simulator.rest_requests import RestRefusal, answer_page, this_exchange
from simulator.rooms import Room, Seat

TRUTHS = {"true": True, "false": False}
conferences = Blueprint("conferences", __name__)


@conferences.get("/Conferences.json")
def list_conferences() -> Response:
    """List conferences, newest first, by FriendlyName and Status."""
    exchange, wanted = this_exchange(), request.args
    found = [
        room
        for room in reversed(_all_rooms(exchange))
        if wanted.get("FriendlyName") in {None, room.name} and wanted.get("Status") in {None, room.status}
    ]
    return answer_page("conferences", [_room_as_json(exchange, room) for room in found])


@conferences.get("/Conferences/<sid>.json")
def show_conference(sid: str) -> Response:
    """Say how a conference stands."""
    exchange = this_exchange()
    return jsonify(_room_as_json(exchange, _find_room(exchange, sid)))


@conferences.post("/Conferences/<sid>.json")
def end_conference(sid: str) -> Response:
    """End a conference: everybody is out."""
    exchange = this_exchange()
    room = _find_room(exchange, sid)
    if request.form.get("Status") != "completed":
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, "only Status=completed is simulated")
    room.end()
    _let_everybody_look(exchange)
    return jsonify(_room_as_json(exchange, room))


@conferences.get("/Conferences/<conference_sid>/Participants.json")
def list_participants(conference_sid: str) -> Response:
    """List who is in a conference, by Muted and Hold."""
    exchange = this_exchange()
    room = _find_room(exchange, conference_sid)
    muted, hold = (TRUTHS.get(request.args.get(name, "")) for name in ("Muted", "Hold"))
    found = [seat for seat in room.seats if muted in {None, seat.is_muted} and hold in {None, seat.is_on_hold}]
    return answer_page("participants", [_seat_as_json(exchange, room, seat) for seat in found])


@conferences.get("/Conferences/<conference_sid>/Participants/<call_sid>.json")
def show_participant(conference_sid: str, call_sid: str) -> Response:
    """Say how somebody is in a conference."""
    exchange = this_exchange()
    room = _find_room(exchange, conference_sid)
    return jsonify(_seat_as_json(exchange, room, _find_seat(room, call_sid)))


@conferences.post("/Conferences/<conference_sid>/Participants/<call_sid>.json")
def change_participant(conference_sid: str, call_sid: str) -> Response:
    """Mute somebody, or put them on hold, or let them go on."""
    exchange = this_exchange()
    room = _find_room(exchange, conference_sid)
    seat = _find_seat(room, call_sid)
    seat.is_muted = TRUTHS.get(request.form.get("Muted", ""), seat.is_muted)
    seat.is_on_hold = TRUTHS.get(request.form.get("Hold", ""), seat.is_on_hold)
    return jsonify(_seat_as_json(exchange, room, seat))


@conferences.delete("/Conferences/<conference_sid>/Participants/<call_sid>.json")
def remove_participant(conference_sid: str, call_sid: str) -> tuple[str, int]:
    """Put somebody out of a conference; their leg goes on where its document says."""
    exchange = this_exchange()
    room = _find_room(exchange, conference_sid)
    room.put_out(_find_seat(room, call_sid))
    _let_everybody_look(exchange)
    return "", HTTPStatus.NO_CONTENT


def _let_everybody_look(exchange: Exchange) -> None:
    """Tell the app which calls ended by what was done here."""
    while exchange.touched:
        touched = exchange.calls.get(exchange.touched.pop())
        if touched is not None:
            touched.report_end()


def _all_rooms(exchange: Exchange) -> list[Room]:
    return [*exchange.past_rooms, *exchange.rooms.values()]


def _find_room(exchange: Exchange, sid: str) -> Room:
    return next((room for room in _all_rooms(exchange) if room.sid == sid), None) or abort(HTTPStatus.NOT_FOUND)


def _find_seat(room: Room, call_sid: str) -> Seat:
    return next((seat for seat in room.seats if seat.leg.sid == call_sid), None) or abort(HTTPStatus.NOT_FOUND)


def _room_as_json(exchange: Exchange, room: Room) -> dict[str, Any]:
    address = _address_of(exchange, room)
    return {
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "call_sid_ending_conference": room.ended_by or None,
        "date_created": format_datetime(room.made_at),
        "date_updated": format_datetime(room.made_at),
        "friendly_name": room.name,
        "reason_conference_ended": room.end_reason or None,
        "region": "us1",
        "sid": room.sid,
        "status": room.status,
        "subresource_uris": {
            "participants": f"{address}/Participants.json",
            "recordings": f"{address}/Recordings.json",
        },
        "uri": f"{address}.json",
    }


def _seat_as_json(exchange: Exchange, room: Room, seat: Seat) -> dict[str, Any]:
    return {
        "account_sid": exchange.account_sid,
        "call_sid": seat.leg.sid,
        "call_sid_to_coach": None,
        "coaching": False,
        "conference_sid": room.sid,
        "date_created": format_datetime(room.made_at),
        "date_updated": format_datetime(room.made_at),
        "end_conference_on_exit": seat.ends,
        "hold": seat.is_on_hold,
        "label": None,
        "muted": seat.is_muted,
        "queue_time": None,
        "start_conference_on_enter": seat.starts,
        "status": "connected",
        "uri": f"{_address_of(exchange, room)}/Participants/{seat.leg.sid}.json",
    }


def _address_of(exchange: Exchange, room: Room) -> str:
    return f"/{API_VERSION}/Accounts/{exchange.account_sid}/Conferences/{room.sid}"
