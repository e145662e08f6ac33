"""Who stands in the record, where it came from, and what a clock's steps are called, in the words of the page (K1, C1).

A record names people of the office as they sign in; everybody else it names by kind and key: technician:T1, duty:3.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from models import StatusEvent
from operations.clocks.clock_rules import name_of_clock
from web.wording.sentences import load_sentences, page_language, say

KEYS_PEOPLE_KNOW = frozenset({"technician", "duty", "agent"})
"""Whose key tells one from the other; of everybody else it is the id of a row."""


def say_party(party: str) -> str:
    """Return who an event says acted, or where it says it came from; somebody's own name stays as it is."""
    kind, _, key = party.partition(":")
    name = load_sentences(page_language()).get(f"party.{kind.replace(' ', '_')}")
    if name is None:
        return party
    return say("party", kind=name, key=key) if key and kind in KEYS_PEOPLE_KNOW else name


def say_step(step: str) -> str:
    """Return what a step of a clock is called; one that only an organisation's own rules know keeps its word."""
    return load_sentences(page_language()).get(f"clock_step.{step}") or step.replace("_", " ")


def say_look(subject: str) -> str:
    """Return what somebody looked at, such as "request:12345678"; a list with the page it was taken from."""
    words, (kind, _, key) = load_sentences(page_language()), subject.partition(":")
    if kind == "list":
        name, _, page = key.partition(":")
        key = " ".join(filter(None, (words.get(f"listed.{name}", name), page)))
    elif kind == "register":
        key = words.get(f"register.{key}", key)
    elif kind == "conversation":
        key = key.partition(":")[2]
    return f"{words.get(f'look.{kind}', kind)} {key}"


def name_clocks(session: Session, events: Iterable[StatusEvent]) -> Mapping[str, str]:
    """Return the names of the clocks that events speak of, by kind, as `say_facts` wants them."""
    kinds = {str(event.facts["clock"]) for event in events if "clock" in event.facts}
    return {kind: name_of_clock(session, kind=kind, language=str(page_language())) for kind in kinds}
