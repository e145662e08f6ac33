"""The gate every TwiML document passes before it is answered to Twilio (DESIGN, rule 5).

Static: it looks at one document and knows nothing of the call. What a caller would live through is the simulator's to
prove. In tests a fault raises (`demand_faultless`), in production it is logged and a safe bilingual answer goes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from ivr.twiml_faults import (
    BODY_TOO_LARGE,
    EMPTY_BODY,
    SCHEMA_WARNING,
    UNPARSABLE,
    WRONG_ROOT,
    WRONG_VERSION,
    Context,
    TwimlFault,
)
from ivr.twiml_grammar import ROOT_CLASS, ElementRule, load_grammar
from ivr.twiml_order import find_context_faults, find_unreachable, find_verb_faults
from ivr.twiml_speech import find_speech_faults
from ivr.twiml_values import VALUE_RULES, find_value_faults

__all__ = ["Context", "FaultyTwiml", "TwimlFault", "demand_faultless", "find_faults"]

MAX_BYTES: Final = 64 * 1024
MAX_INLINE_CHARACTERS: Final = 4000
_INLINE_TOO_LONG: Final = 32018

# Elements whose text Twilio reads; text anywhere else is a slip of whoever wrote the document.
_WITH_TEXT: Final = frozenset(
    {
        "Say", "Play", "Redirect", "Dial", "Number", "Client", "Conference", "Queue", "Sip", "Sim", "WhatsApp",
        "Enqueue", "Task", "Sms", "Identity", "ApplicationSid", "Uri", "Room", "Conversation",
    },
)  # fmt: skip


class FaultyTwiml(ValueError):
    """The document would not be played as it was meant; `faults` says why."""

    def __init__(self, faults: tuple[TwimlFault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def demand_faultless(document: str, *, context: Context = Context.CALL) -> None:
    """Raise FaultyTwiml when the gate finds anything."""
    faults = find_faults(document, context=context)
    if faults:
        raise FaultyTwiml(faults)


def find_faults(document: str, *, context: Context = Context.CALL) -> tuple[TwimlFault, ...]:
    """Return every fault of a voice document, in document order; none means Twilio will play all of it.

    Cannot see: whether URLs answer, whether a voice is enabled for the account, how the document sounds.
    """
    size_faults = tuple(_find_size_faults(document, context))
    if size_faults:
        return size_faults
    if not document.startswith("<") or "<!DOCTYPE" in document:
        return (TwimlFault(UNPARSABLE, "", "nothing stands before the first tag (no BOM, no space), and no DOCTYPE"),)
    try:
        root = ET.fromstring(document.encode())  # noqa: S314 - our own answer, and DOCTYPE is refused above
    except (ET.ParseError, UnicodeEncodeError, LookupError) as error:
        return (TwimlFault(UNPARSABLE, "", f"does not parse: {error}"),)
    if root.tag != "Response":
        return (TwimlFault(WRONG_ROOT, root.tag, "the root element must be Response"),)
    return tuple(_find_document_faults(root, context))


def _find_size_faults(document: str, context: Context) -> Iterator[TwimlFault]:
    if not document.strip():
        yield TwimlFault(EMPTY_BODY, "", "the document is empty")
    size = len(document.encode(errors="replace"))
    if size > MAX_BYTES:
        yield TwimlFault(BODY_TOO_LARGE, "", f"{size} bytes, at most {MAX_BYTES}")
    if context is Context.INLINE_CALL and len(document) > MAX_INLINE_CHARACTERS:
        yield TwimlFault(_INLINE_TOO_LONG, "", f"{len(document)} characters, at most {MAX_INLINE_CHARACTERS} inline")


def _find_document_faults(root: Element, context: Context) -> Iterator[TwimlFault]:
    if root.attrib:
        code = WRONG_VERSION if set(root.attrib) == {"version"} else SCHEMA_WARNING
        yield TwimlFault(code, "Response", f"Response has no attributes, found {', '.join(root.attrib)}")
    for verb in root:
        yield from find_context_faults(verb, f"Response/{verb.tag}", context)
    yield from _find_child_faults(root, ROOT_CLASS, "Response", context)
    yield from find_unreachable(root)


def _find_child_faults(parent: Element, class_name: str, path: str, context: Context) -> Iterator[TwimlFault]:
    rule = load_grammar()[class_name]
    is_prose = class_name == "Say" or class_name.startswith("Ssml")
    if (parent.text or "").strip() and not is_prose and parent.tag not in _WITH_TEXT:
        yield TwimlFault(SCHEMA_WARNING, path, f"text is not read here: {parent.text!r}")
    for position, child in enumerate(parent, start=1):
        child_path = f"{path}/{child.tag}[{position}]"
        if (child.tail or "").strip() and not is_prose:
            yield TwimlFault(SCHEMA_WARNING, path, f"text is not read here: {child.tail!r}")
        if child.tag not in rule.children:
            yield TwimlFault(SCHEMA_WARNING, child_path, f"{child.tag} is not allowed inside {parent.tag}")
            continue
        child_class = rule.children[child.tag]
        yield from _find_element_faults(child, load_grammar()[child_class], child_path, context)
        yield from _find_child_faults(child, child_class, child_path, context)


def _find_element_faults(element: Element, rule: ElementRule, path: str, context: Context) -> Iterator[TwimlFault]:
    type_faults = list(_find_type_faults(element, rule, path))
    yield from type_faults
    if type_faults:
        return  # the rules below read the values and may rely on their types
    yield from find_value_faults(element, path, context)
    yield from find_verb_faults(element, path, context)
    if element.tag == "Say":
        yield from find_speech_faults(element, path)


def _find_type_faults(element: Element, rule: ElementRule, path: str) -> Iterator[TwimlFault]:
    for name, value in element.attrib.items():
        # ElementTree writes the name of xml:lang with its namespace.
        known = rule.attributes.get(name.replace("{http://www.w3.org/XML/1998/namespace}", "xml:"))
        if known is None:
            yield TwimlFault(SCHEMA_WARNING, path, f"{element.tag} has no attribute {name}")
        elif not known.accepts(value):
            code, _, words = VALUE_RULES.get((element.tag, name), (SCHEMA_WARNING, None, known.name))
            if element.tag == "Say" and name in {"voice", "language"}:
                code = 13511 if name == "voice" else 13512
            yield TwimlFault(code, path, f'{name}="{value}": must be {words}')
