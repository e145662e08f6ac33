"""Reading one answer of the app as a document, refusing everything Twilio would stumble over or silently skip."""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from simulator.findings import TwimlRefused
from simulator.grammar import find_attribute_type, find_child_class, is_of_type
from simulator.spans import Context
from simulator.transport import Response

MAX_BYTES = 64 * 1024
_XML_TYPES = {"text/xml", "application/xml", "text/html"}
_BY_CONTEXT = {
    Context.QUEUE_WAIT: {"Say", "Play", "Pause", "Hangup", "Redirect", "Leave", "Gather"},
    Context.CONFERENCE_WAIT: {"Say", "Play", "Pause", "Redirect"},
    Context.QUEUE_WHISPER: {"Say", "Play", "Pause", "Redirect"},
    Context.WHISPER: {"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"},
}


def read_document(response: Response, context: Context = Context.CALL) -> list[Element]:
    """Return the document's verbs in order; raise TwimlRefused with Twilio's code.

    A bare audio file is played and a plain text read aloud by Twilio; our hotline never means to, so both are refused.
    """
    body = response.body
    if len(body) > MAX_BYTES:
        raise TwimlRefused(11750, f"the body has {len(body)} bytes, at most {MAX_BYTES}")
    if not body.strip():
        raise TwimlRefused(11770, "the body is empty")
    if response.media_type not in _XML_TYPES:
        raise TwimlRefused(12300, f"content type {response.media_type or 'missing'}")
    root = _parse(body)
    if root.tag != "Response":
        raise TwimlRefused(12102, f"the root element is {root.tag}")
    _check_attributes(root, "VoiceResponse")
    _check_inside(root, "VoiceResponse")
    for verb in root:
        if verb.tag not in _BY_CONTEXT.get(context, {verb.tag}):
            codes = {Context.CONFERENCE_WAIT: 13238}
            code = codes.get(context, 13201 if verb.tag == "Dial" else 12200)
            raise TwimlRefused(code, f"{verb.tag} in a document for: {context}")
    return list(root)


def _parse(body: bytes) -> Element:
    if not body.startswith(b"<") or b"<!DOCTYPE" in body:
        raise TwimlRefused(12100, "the document starts with a byte-order mark, white space or text, or has a DOCTYPE")
    try:
        body.decode("utf-8")
        return ET.fromstring(body)  # noqa: S314 - the answer of the app under test, and DOCTYPE is refused above
    except (ET.ParseError, ValueError) as error:
        raise TwimlRefused(12100, f"the document does not parse: {error}") from error


def _check_inside(parent: Element, parent_class: str) -> None:
    is_prose = parent_class == "Say" or parent_class.startswith("Ssml")
    for child in parent:
        child_class = find_child_class(parent_class, child.tag)
        if child_class is None:
            raise TwimlRefused(12200, f"{child.tag} inside {parent.tag}")
        if (child.tail or "").strip() and not is_prose:
            raise TwimlRefused(12200, f"stray text inside {parent.tag}: {child.tail!r}")
        _check_attributes(child, child_class)
        _check_inside(child, child_class)


def _check_attributes(element: Element, class_name: str) -> None:
    for name, value in element.attrib.items():
        plain_name = name.replace("{http://www.w3.org/XML/1998/namespace}", "xml:")
        type_name = find_attribute_type(class_name, plain_name)
        if type_name is None:
            raise TwimlRefused(12200, f"{element.tag} has no attribute {plain_name}")
        if not is_of_type(value, type_name):
            raise TwimlRefused(12200, f'{element.tag} {plain_name}="{value}" is no {type_name}')
        if plain_name.lower().endswith("method") and value not in {"GET", "POST"}:
            raise TwimlRefused(12200, f'{element.tag} {plain_name}="{value}" is neither GET nor POST')
