"""Which machine it is about: one of the caller's own, or one found by keyed digits (H3, H9)."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.flow.contact import ask_for_contact
from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, entry, number_keys
from ivr.turn import Turn
from models import Asset
from operations.foundation.guesses import count_guess
from operations.people.customers import find_assets_by_keyed, list_assets
from outbox.words import say_digits

MOST_CHOICES = 4
SERIAL_TRIES = 2
TAIL_LENGTHS = (2, 4, 6)
ENTRIES_PER_HOUR = 10
"""From one telephone: more are no longer somebody's own machines (S2)."""
HOUR_MINUTES = 60


def enter_assets(turn: Turn) -> Reply | str:
    """Offer up to four of the caller's machines, and another one; who has none is asked for the serial number."""
    assets = _own_assets(turn)
    if not assets:
        return "serial"
    turn.remember(asset_ids=[asset.id for asset in assets])
    intro = Line("asset_intro") if turn.recall("about") == "fault" else Line("asset_which")
    lines = [intro, *_choices(turn, assets)]
    other = str(len(assets) + 1)
    return choice(*lines, Line("asset_other", {"key": other}), keys=number_keys(len(assets) + 1))


def answer_asset(turn: Turn, key: str) -> str:
    """A machine leads to what the call is about, the last key to the serial number."""
    asset_ids = turn.recall("asset_ids", [])
    if int(key) > len(asset_ids):
        return "serial"
    turn.remember(asset_id=asset_ids[int(key) - 1])
    return _go_on(turn)


def enter_serial(turn: Turn) -> Reply:  # noqa: ARG001 - every node is entered with its turn
    """Ask for the last digits of the serial number, or for the customer number."""
    return entry(Line("serial"))


def answer_serial(turn: Turn, digits: str) -> str:
    """One match is read back, several are offered, none is asked once more and then goes to a message.

    Whoever keys one number after the other to learn which exist is led to a person, whatever they key.
    """
    if turn.phone is not None:
        tries = count_guess(
            turn.session, scope="machine_digits", key=turn.phone, window_minutes=HOUR_MINUTES, now=turn.now
        )
        if tries > ENTRIES_PER_HOUR:
            return "person"
    found = find_assets_by_keyed(turn.session, digits=digits)
    if not found:
        tries = turn.recall("serial_tries", 0) + 1
        turn.remember(serial_tries=tries)
        if tries >= SERIAL_TRIES:
            turn.say_first("serial_given_up")
            return "person"
        turn.say_first("serial_not_found")
        return "serial"
    turn.remember(found_ids=[asset.id for asset in found[:MOST_CHOICES]], digits=digits)
    return "serial_confirm" if len(found) == 1 else "serial_choice"


def enter_confirm(turn: Turn) -> Reply:
    """Read the digits and the product back. The owner's name and address are never said: anybody can guess digits."""
    asset = turn.session.get_one(Asset, turn.recall("found_ids")[0])
    values = {
        "digits": say_digits(turn.recall("digits"), language=turn.language),
        "product": turn.name_of(asset.product),
    }
    return choice(Line("serial_confirm", values), keys=("1", "2"))


def answer_confirm(turn: Turn, key: str) -> str:
    """Right leads to what the call is about, wrong back to the serial number."""
    if key == "2":
        return "serial"
    turn.remember(asset_id=turn.recall("found_ids")[0])
    return _go_on(turn)


def enter_choice(turn: Turn) -> Reply:
    """Offer the machines that share the digits, or whose owner has this number, by product."""
    assets = [turn.session.get_one(Asset, asset_id) for asset_id in turn.recall("found_ids")]
    other = str(len(assets) + 1)
    shares_digits = all(asset.serial_digits.endswith(turn.recall("digits")) for asset in assets)
    turn.remember(shares_digits=shares_digits)
    lines = [Line("serial_choice_intro") if shares_digits else Line("asset_which"), *_choices(turn, assets)]
    return choice(*lines, Line("asset_other", {"key": other}), keys=number_keys(len(assets) + 1))


def answer_choice(turn: Turn, key: str) -> str:
    """One of them leads to what the call is about; none of them to its serial number, or to a person."""
    found = turn.recall("found_ids")
    if int(key) > len(found):
        return "person" if turn.recall("shares_digits") else "serial"
    turn.remember(asset_id=found[int(key) - 1])
    return _go_on(turn)


def _go_on(turn: Turn) -> str:
    """Return the place that needs the machine."""
    about = turn.recall("about")
    if about == "warranty":
        return "warranty"
    if about == "charges":
        return "charges"
    return "answers" if about == "question" else ask_for_contact(turn, "fault")


def _own_assets(turn: Turn) -> Sequence[Asset]:
    if turn.call.customer_id is None:
        return []
    return list_assets(turn.session, customer_id=turn.call.customer_id)[:MOST_CHOICES]


def _choices(turn: Turn, assets: Sequence[Asset]) -> list[Line]:
    alike = {asset.id: [one for one in assets if one.product_id == asset.product_id] for asset in assets}
    return [_choice(turn, asset, key, alike[asset.id]) for key, asset in enumerate(assets, start=1)]


def _choice(turn: Turn, asset: Asset, key: int, alike: Sequence[Asset]) -> Line:
    """Offer a machine by its product, one of several alike also by as few digits of its serial as tell them apart."""
    product = turn.name_of(asset.product)
    if len(alike) == 1:
        return Line("asset_choice", {"product": product, "key": key})
    digits = say_digits(_find_tail(asset, alike), language=turn.language)
    return Line("asset_choice_alike", {"product": product, "digits": digits, "key": key})


def _find_tail(asset: Asset, alike: Sequence[Asset]) -> str:
    for length in TAIL_LENGTHS:
        if len({one.serial_digits[-length:] for one in alike}) == len(alike):
            return asset.serial_digits[-length:]
    return asset.serial_digits


ASSET = Node("asset", enter_assets, answer_asset)
SERIAL = Node("serial", enter_serial, answer_serial)
SERIAL_CONFIRM = Node("serial_confirm", enter_confirm, answer_confirm, goes_back=False)
SERIAL_CHOICE = Node("serial_choice", enter_choice, answer_choice, goes_back=False)
