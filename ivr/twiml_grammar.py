"""What may stand inside what in TwiML, and with which attributes: a reading of `content/twiml_grammar.json`.

The file is derived from npm twilio 6.2.0 (MIT). It knows elements, attributes and enumerations; rules about values,
lengths, contexts and order are ours and live in the `twiml_*` modules beside this one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

GRAMMAR_FILE: Final = Path(__file__).parents[1] / "content" / "twiml_grammar.json"
ROOT_CLASS: Final = "VoiceResponse"

# Attributes Twilio documents that the SDK's types do not list.
_UNLISTED_ATTRIBUTES: Final = {"Dial": {"callReason": "string"}}
_BOOLEANS: Final = frozenset({"true", "false"})


@dataclass(frozen=True, slots=True)
class AttributeType:
    """What an attribute's value may be; `choices` is empty for free text, `is_list` means separated by spaces."""

    name: str
    choices: frozenset[str]
    is_list: bool

    def accepts(self, value: str) -> bool:
        """Say whether `value` has this type. Numbers are whole and not negative, booleans are lower-case."""
        if self.is_list:
            words = value.split(" ")
            return all(self._accepts_word(word) for word in words) and len(set(words)) == len(words)
        return self._accepts_word(value)

    def _accepts_word(self, word: str) -> bool:
        if self.choices:
            return word in self.choices
        return self.name != "number" or re.fullmatch(r"\d{1,6}", word, re.ASCII) is not None


@dataclass(frozen=True, slots=True)
class ElementRule:
    """One element where it stands: `children` maps the allowed element names to the names of their rules."""

    children: Mapping[str, str]
    attributes: Mapping[str, AttributeType]


@cache
def load_grammar(path: Path = GRAMMAR_FILE) -> Mapping[str, ElementRule]:
    """Return every element's rule by class name; start at `ROOT_CLASS`."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {name: _read_element(raw, name, methods) for name, methods in raw["children"].items()}


def _read_element(raw: dict[str, Any], name: str, methods: list[str]) -> ElementRule:
    attributes = raw["attributes"].get(name, {}) | _UNLISTED_ATTRIBUTES.get(name, {})
    return ElementRule(
        children=dict(_read_child(raw, name, method) for method in methods),
        attributes={attribute: _read_type(raw, kind) for attribute, kind in attributes.items()},
    )


def _read_child(raw: dict[str, Any], parent: str, method: str) -> tuple[str, str]:
    """Return the element's name in XML and its class: the SDK's method `sayAs` is the element `say-as`."""
    capitalised = method[0].upper() + method[1:]
    if parent == "Say" or parent.startswith("Ssml"):
        return re.sub(r"([A-Z])", r"-\1", method).lower(), f"Ssml{capitalised}"
    for owned in (parent + capitalised, f"Sip{capitalised}"):
        if owned in raw["children"] and parent in {"Refer", "Sip", "Application"}:
            return capitalised, owned
    return capitalised, capitalised


def _read_type(raw: dict[str, Any], kind: str) -> AttributeType:
    name = kind.removesuffix("[]")
    choices = _BOOLEANS if name == "boolean" else frozenset(raw["enums"].get(name, ()))
    return AttributeType(name=name, choices=choices, is_list=kind.endswith("[]"))
