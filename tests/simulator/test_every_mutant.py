"""Every document the hotline gave in some long calls, broken in one place: the gate and the telephone refuse each.

The gate and the telephone share the grammar file and no code, so each would notice where the other is blind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest

from ivr.twiml_gate import Context as GateContext, find_faults
from simulator.document import read_document
from simulator.findings import TwimlRefused
from simulator.grammar import find_attribute_type, find_child_class, is_of_type
from simulator.spans import Context
from simulator.transport import Response
from tests.databases import SqliteFolder
from tests.journeys.test_a_person import LI, ask, bring_agent, take
from tests.journeys.test_any_call_ends_well import a_fresh_town

WANG = "+8613800000001"
CALLS = (
    ("1", "1", "1", "2", "2", "1", "1"),  # a whole booking
    ("9", "2", "1"),  # in English, to a request of one's own
    ("0",),  # a message after the tone
    ("4", "1"),  # a complaint
    ("1", "2", "123456#", "*"),  # digits
)


@pytest.fixture(scope="module")
def documents(sqlite_folder: SqliteFolder) -> list[str]:
    """What the hotline answered, each document once; all of them are right."""
    with a_fresh_town(sqlite_folder) as town:
        for keys in CALLS:
            call = town.phone(WANG).dial(town.hotline)
            for key in keys:
                call.press(key)
            call.listen()
            call.hang_up()
        bring_agent(town, LI, "Li")
        caller = ask(town)
        take(town, LI, caller).hang_up()
        caller.hang_up()
        bodies = [one.response.body for one in town.exchange.webhooks.archive if one.response is not None]
    texts = (body.decode() for body in bodies if b"<Response" in body and b"<Leave" not in body)
    found = list(dict.fromkeys(texts))
    verbs = set(re.findall(r"<([A-Z]\w+)", "".join(found)))
    assert verbs >= {"Gather", "Say", "Record", "Redirect", "Enqueue", "Dial", "Conference"}
    assert [text for text in found if not is_played(text) or find_faults(text)] == []
    return found


def is_played(text: str) -> bool:
    try:
        read_document(Response(200, {"content-type": "text/xml"}, text.encode()), Context.CALL)
    except TwimlRefused:
        return False
    return True


def break_once(text: str) -> Iterator[tuple[str, str]]:
    """Yield what was broken, and the document broken in that place alone."""
    root = ET.fromstring(text)  # noqa: S314 - our own answer
    for position, element in enumerate(root.iter()):
        class_name = _class_of(root, element)
        for what, breaking in _ways(element, class_name):
            mutant = deepcopy(root)
            breaking(list(mutant.iter())[position])
            yield f"{element.tag}: {what}", ET.tostring(mutant, encoding="unicode")


def _ways(element: Element, class_name: str) -> Iterator[tuple[str, Callable[[Element], None]]]:
    yield "its name in another case", partial(_rename, tag=element.tag.swapcase())
    yield "a name nobody knows", partial(_rename, tag="Sing")
    yield "an attribute nobody knows", partial(_give, name="loudness", value="11")
    yield "a child that belongs nowhere", partial(_put_inside, tag="Response")
    yield "a Dial inside", partial(_put_inside, tag="Dial" if class_name != "VoiceResponse" else "Number")
    if len(element) and class_name != "Say" and not class_name.startswith("Ssml"):
        yield "words between its children", _write_between
    for name, value in element.attrib.items():
        yield f"{name} in another case", partial(_rename_attribute, name=name)
        type_name = find_attribute_type(class_name, name)
        if type_name is not None and not is_of_type("nonsense", type_name):
            yield f"{name}={value} becomes nonsense", partial(_give, name=name, value="nonsense")
        if name.lower().endswith("method"):
            yield f"{name}={value} becomes PUT", partial(_give, name=name, value="PUT")


def _rename(element: Element, *, tag: str) -> None:
    element.tag = tag


def _give(element: Element, *, name: str, value: str) -> None:
    element.set(name, value)


def _rename_attribute(element: Element, *, name: str) -> None:
    element.set(name.swapcase(), element.attrib.pop(name))


def _put_inside(element: Element, *, tag: str) -> None:
    element.append(Element(tag))


def _write_between(element: Element) -> None:
    element[0].tail = "words"


def _class_of(root: Element, wanted: Element) -> str:
    """Return the grammar's class of an element, read from the root down."""
    classes = {root: "VoiceResponse"}
    for parent in root.iter():
        for child in parent:
            classes[child] = find_child_class(classes[parent], child.tag) or ""
    return classes[wanted]


def test_every_document_broken_in_one_place_is_refused_by_the_gate_and_by_the_telephone(documents: list[str]) -> None:
    tried = [(what, mutant) for text in documents for what, mutant in break_once(text)]

    assert len(tried) > 500, "too few to show anything"
    assert [what for what, mutant in tried if is_played(mutant)] == []
    assert [what for what, mutant in tried if not find_faults(mutant, context=GateContext.CALL)] == []


def test_every_beginning_of_a_document_is_refused(documents: list[str]) -> None:
    longest = max(documents, key=len)
    cut = [longest[:length] for length in range(len(longest.rstrip()) - 1)]

    assert [len(text) for text in cut if is_played(text)] == []
    assert [len(text) for text in cut if not find_faults(text)] == []
