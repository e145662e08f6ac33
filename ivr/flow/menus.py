"""The menus that only ask which way to go: data in content/menu, with keys, prompts and next nodes (H2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice
from ivr.turn import Turn
from outbox.words import CONTENT

MENUS_FILE = CONTENT / "menu" / "menus.json"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a key leads, and what the caller has thereby said the call is about."""

    to: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: what it says, and its keys."""

    name: str
    says: tuple[str, ...]
    says_in_the_other_language: tuple[str, ...]
    keys: Mapping[str, Way]
    ends_on_silence: bool

    def enter(self, turn: Turn) -> Reply:  # noqa: ARG002 - a menu says the same to everybody
        """Say the choices; a language hint is said in the other language's own voice."""
        hints = [Line(prompt, in_other_language=True) for prompt in self.says_in_the_other_language]
        return choice(*map(Line, self.says), *hints, keys=tuple(self.keys))

    def answer(self, turn: Turn, key: str) -> str:
        """Go where the key leads, and remember what it is about."""
        way = self.keys[key]
        turn.remember(about=way.about)
        return way.to


@cache
def load_menus() -> Mapping[str, Menu]:
    """Return every menu of content/menu by name."""
    read = json.loads(MENUS_FILE.read_text(encoding="utf-8"))
    return {
        name: Menu(
            name,
            tuple(menu["says"]),
            tuple(menu.get("says_in_the_other_language", ())),
            {key: Way(**way) for key, way in menu["keys"].items()},
            menu.get("ends_on_silence", False),
        )
        for name, menu in read.items()
    }


def menu_node(name: str) -> Node:
    """Return a menu as a node of the flow."""
    menu = load_menus()[name]
    return Node(name, menu.enter, menu.answer, ends_on_silence=menu.ends_on_silence)
