"""Lead a call through the menu: keys that mean the same everywhere, second and third tries, the way back (H2)."""

from __future__ import annotations

from ivr.flow import NODES, START
from ivr.flow.person import find_way_on
from ivr.messages import Spoken, take_message
from ivr.prompts import Line
from ivr.reply import Reply, Then, hang_up
from ivr.turn import Turn
from operations.calls import log_step
from operations.customers import remember_language
from operations.line_orders import forget_orders
from policies.languages import Language

PERSON_KEY = "0"
BACK_KEY = "*"
LANGUAGE_KEY = "9"
MISSES_BEFORE_A_PERSON = 3
LANGUAGE_NODES = frozenset({START})


def greet(turn: Turn) -> Reply:
    """Answer the call: greet, by name when the caller is recognised, and say the first menu."""
    customer = turn.call.customer
    if customer is None:
        turn.say_first("greeting_unknown")
    else:
        turn.say_first("greeting_known", name=turn.name_of(customer))
    return _go_to(turn, START)


def take_keys(turn: Turn, digits: str) -> Reply:
    """Take what the caller pressed (empty: nothing) and return what is said next."""
    node = NODES[turn.call.node]
    log_step(turn.session, call=turn.call, kind="keys", now=turn.now, facts={"keys": digits})
    expected = turn.recall("then")
    if digits == PERSON_KEY:
        return _go_to(turn, "person")
    if digits == LANGUAGE_KEY and node.name in LANGUAGE_NODES:
        return _switch_language(turn)
    if expected == Then.ENTRY:
        return _take_entry(turn, digits)
    if digits == BACK_KEY:
        return _go_back(turn)
    if digits not in turn.recall("keys", []):
        return _miss(turn, "wrong_key" if digits else "not_heard")
    turn.remember(misses=0)
    return _leave(turn, node.answer(turn, digits))


def take_recording(turn: Turn, spoken: Spoken) -> Reply:
    """Keep what the caller said after the tone, say what comes of it, and ask whether there is anything else."""
    take_message(turn, spoken)
    turn.remember(misses=0)
    return _go_to(turn, "closing")


def repeat(turn: Turn) -> Reply:
    """Say the present node again, for a webhook that belongs to no turn we know."""
    return _go_to(turn, turn.call.node)


def go_on(turn: Turn) -> Reply:
    """Lead a caller on who has left the queue, the music or the talk, or is called out of one of them."""
    forget_orders(turn.session, call_sid=turn.call.call_sid, now=turn.now)
    if turn.call.node != "person":
        return repeat(turn)
    found = find_way_on(turn)
    return _go_to(turn, found) if isinstance(found, str) else _say(turn, found)


def _take_entry(turn: Turn, digits: str) -> Reply:
    if digits == BACK_KEY:
        return _go_back(turn)
    # A star clears what was typed before it.
    typed = digits.rpartition(BACK_KEY)[2]
    if not typed:
        return _miss(turn, "not_heard")
    turn.remember(misses=0)
    return _leave(turn, NODES[turn.call.node].answer(turn, typed))


def _leave(turn: Turn, to: str) -> Reply:
    left = turn.call.node
    if NODES[left].goes_back and to != left:
        turn.remember(trail=[*turn.recall("trail", []), left])
    return _go_to(turn, to)


def _go_to(turn: Turn, name: str) -> Reply:
    if name == START:
        turn.remember(trail=[])
    turn.call.node = name
    reply = NODES[name].enter(turn)
    return _go_to(turn, reply) if isinstance(reply, str) else _say(turn, reply)


def _say(turn: Turn, reply: Reply) -> Reply:
    turn.remember(keys=list(reply.keys), then=str(reply.then))
    reply = reply.preceded_by(tuple(turn.spoken_first))
    log_step(turn.session, call=turn.call, kind="said", now=turn.now, facts=reply.as_facts())
    return reply


def _go_back(turn: Turn) -> Reply:
    trail = turn.recall("trail", [])
    turn.remember(trail=trail[:-1], misses=0)
    return _go_to(turn, trail[-1] if trail else START)


def _switch_language(turn: Turn) -> Reply:
    turn.call.language = Language(turn.call.language).other
    if turn.call.customer_id is not None:
        remember_language(turn.session, customer_id=turn.call.customer_id, language=turn.call.language)
    turn.remember(misses=0)
    return _go_to(turn, turn.call.node)


def _miss(turn: Turn, prompt: str) -> Reply:
    if prompt == "not_heard" and NODES[turn.call.node].ends_on_silence:
        return hang_up(Line("farewell"))
    misses = turn.recall("misses", 0) + 1
    turn.remember(misses=misses)
    if misses >= MISSES_BEFORE_A_PERSON:
        turn.remember(misses=0)
        return _go_to(turn, "person")
    turn.say_first(prompt)
    return _go_to(turn, turn.call.node)
