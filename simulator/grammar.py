"""TwiML's grammar as this telephone reads it: the data file that ships with the product, and nothing else of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

GRAMMAR_FILE = Path(__file__).parents[1] / "content" / "twiml_grammar.json"
VOICES_FILE = Path(__file__).parents[1] / "content" / "voice_languages.json"


@cache
def read_json(path: Path) -> Mapping[str, Any]:
    """Return a data file's content, read once."""
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def find_child_class(parent_class: str, tag: str) -> str | None:
    """Return the class of the element `tag` inside an element of `parent_class`, or nothing if it may not be there."""
    is_ssml = parent_class == "Say" or parent_class.startswith("Ssml")
    for method in read_json(GRAMMAR_FILE)["children"].get(parent_class, ()):
        name = re.sub("([A-Z])", r"-\1", method).lower() if is_ssml else method[0].upper() + method[1:]
        if name == tag:
            return f"Ssml{method[0].upper()}{method[1:]}" if is_ssml else name
    return None


def find_attribute_type(class_name: str, attribute: str) -> str | None:
    """Return an attribute's type as the file names it, such as `number` or `GatherInput[]`."""
    found: str | None = read_json(GRAMMAR_FILE)["attributes"].get(class_name, {}).get(attribute)
    return "string" if (class_name, attribute) == ("Dial", "callReason") else found


def is_of_type(value: str, type_name: str) -> bool:
    """Say whether a value fits; a type ending in `[]` is a list separated by single spaces."""
    if type_name.endswith("[]"):
        return all(is_of_type(word, type_name[:-2]) for word in value.split(" "))
    if type_name == "boolean":
        return value in {"true", "false"}
    if type_name == "number":
        return value.isascii() and value.isdecimal()
    choices = read_json(GRAMMAR_FILE)["enums"].get(type_name)
    return choices is None or value in choices
