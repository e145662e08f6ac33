"""Lead a call through the menu: keys that mean the same everywhere, second and third tries, the way back (H2)."""

from __future__ import annotations

from ivr.flow import NODES, START
from ivr.flow.person import find_way_on
from ivr.hearing import (
    BACK_KEY,
    LANGUAGE_KEY,
    PERSON_KEY,
    Heard,
    list_offered,
    understand,
    understand_digits,
    vocabulary_of,
)
from ivr.messages import Spoken, take_message
from ivr.prompts import Line
from ivr.reply import Reply, Then, hang_up
from ivr.turn import Turn
from operations.foundation.line_orders import forget_orders
from operations.people.customers import remember_language
from operations.telephone.calls import log_step
from operations.telephone.visit_calls import find_calling_technician
from policies.heard_words import Vocabulary
from policies.languages import Language

MISSES_BEFORE_A_PERSON = 3
LANGUAGE_NODES = frozenset({START})


def greet(turn: Turn) -> Reply:
    """Answer the call: greet, by name when the caller is recognised, and say the first menu."""
    customer = turn.call.customer
    if customer is not None:
        turn.say_first("greeting_known", name=turn.name_of(customer))
        return _go_to(turn, START)
    technician = find_calling_technician(turn.session, number=turn.phone)
    if technician is None:
        turn.say_first("greeting_unknown")
        return _go_to(turn, START)
    turn.call.language = technician.language
    turn.say_first("greeting_technician", name=turn.name_of(technician))
    return _go_to(turn, "technician")


def take_keys(turn: Turn, digits: str) -> Reply:
    """Take what the caller pressed (empty: nothing) and return what is said next."""
    log_step(turn.session, call=turn.call, kind="keys", now=turn.now, facts={"keys": digits})
    return _act(turn, digits)


def take_speech(turn: Turn, heard: Heard) -> Reply:
    """Take what the caller said as the key it means; what is not clear is asked for by key."""
    node = NODES[turn.call.node]
    is_entry = turn.recall("then") == Then.ENTRY
    meant = understand_digits(heard, language=turn.language) if is_entry else None
    if meant is None:
        vocabulary = hear_at(turn)
        offered = turn.recall("offered", {})
        meant = understand(heard, vocabulary, offered, language=turn.language, must_be_sure=node.must_be_sure)
    facts = {"words": heard.words, "confidence": heard.confidence, "keys": meant}
    log_step(turn.session, call=turn.call, kind="speech", now=turn.now, facts=facts)
    return _act(turn, meant) if meant is not None else _miss(turn, "not_understood")


def hear_at(turn: Turn) -> Vocabulary:
    """Return what can be said where the call stands now."""
    node = turn.call.node
    keys = [] if turn.recall("then") == Then.ENTRY else turn.recall("keys", [])
    may_switch = node in LANGUAGE_NODES
    return vocabulary_of(node, keys, turn.recall("offered", {}), language=turn.language, may_switch=may_switch)


def _act(turn: Turn, digits: str) -> Reply:
    node = NODES[turn.call.node]
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
    """Say the present node again, for a webhook that belongs to no turn we know; a call we never greeted is greeted."""
    return _go_to(turn, turn.call.node) if turn.call.node in NODES else greet(turn)


def go_on(turn: Turn) -> Reply:
    """Lead a caller on who has left the queue, the music or the talk, or is called out of one of them."""
    forget_orders(turn.session, call_sid=turn.call.call_sid, now=turn.now)
    if turn.call.node != "person":
        return repeat(turn)
    found = find_way_on(turn)
    return _go_to(turn, found) if isinstance(found, str) else _say(turn, found)


def lead_to(turn: Turn, name: str) -> Reply:
    """Lead a caller to a place who comes back from somewhere outside the menu."""
    return _go_to(turn, name)


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
    turn.remember(keys=list(reply.keys), then=str(reply.then), offered=list_offered(reply))
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
