"""Finding one's way through the hotline's menus by listening, as a caller does: the key is in the sentence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from cli.demo_city.content import CONTENT
from policies.languages import Language

MOST_STEPS = 20
NIGHT_WORDS = ("凌晨", "半夜", "midnight", "2 AM", "4 AM")


class CallInHand(Protocol):
    """A call as the person holding the telephone has it."""

    @property
    def is_over(self) -> bool: ...
    def listen(self) -> list[str]: ...
    def press(self, keys: str) -> None: ...


class LostInMenus(RuntimeError):
    """The caller heard nothing he knows how to answer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants: which machine and fault, whether the first step helps. He likes to sleep at night.

    `serial_tail` is what he enters when the hotline does not know his machine.
    """

    product: str
    fault: str
    serial_tail: str
    is_solved_by_phone: bool = False


def follow_menus(call: CallInHand, wish: Wish, language: Language) -> str:
    """Answer every menu until a visit is booked, the fault is solved or the hotline gives up; return the last words."""
    pages = _Pages(language)
    for _ in range(MOST_STEPS):
        heard = " ".join(call.listen())
        if call.is_over or pages.find("booked", heard) or pages.find("closing", heard):
            return heard
        call.press(pages.choose_key(heard, wish))
    raise LostInMenus(heard)


class _Pages:
    """The hotline's sentences in one language, as patterns."""

    def __init__(self, language: Language) -> None:
        self._prompts = _load_prompts(language)
        self._has_asked_for_other_times = False

    def choose_key(self, heard: str, wish: Wish) -> str:
        """Return the keys to press for what was said last."""
        if self.find("diagnosis_choice", heard):
            return "1" if wish.is_solved_by_phone else "2"
        if self.find("serial_confirm", heard):
            return "1"
        if self.find("offer_intro", heard) or self.find("offer_intro_late", heard):
            return self._window_key(heard)
        for name, wanted in (
            ("fault_choice", {"fault": wish.fault}),
            ("asset_choice", {"product": wish.product}),
            ("asset_choice_alike", {"product": wish.product}),
            ("asset_other", {}),  # he owns more machines than a menu can offer
        ):
            if match := self.find(name, heard, **wanted):
                return match["key"]
        if self.find("serial", heard):
            return f"{wish.serial_tail}#"
        if self.find("main", heard):
            return "1"
        raise LostInMenus(heard)

    def find(self, prompt: str, heard: str, **wanted: str) -> re.Match[str] | None:
        """Look for a prompt, with these values where it has holes and anything short in the others."""
        pattern = re.escape(self._prompts[prompt])
        for name in re.findall(r"\\{(\w+)\\}", pattern):
            value = re.escape(wanted[name]) if name in wanted else r"\d" if name == "key" else ".{1,120}?"
            pattern = pattern.replace(rf"\{{{name}\}}", f"(?P<{name}>{value})", 1)
        return re.search(pattern, heard)

    def _window_key(self, heard: str) -> str:
        """Return the key of the first window by day; ask once for other times when all are at night."""
        other = self.find("offer_more", heard)
        holes = {"window": "(?P<window>.{1,80}?)", "key": r"(?P<key>\d)"}
        choices = list(re.finditer(self._prompts["offer_choice"].format(**holes), heard))
        no_windows = {match["key"] for match in (other, self.find("offer_another_day", heard)) if match is not None}
        windows = [choice for choice in choices if choice["key"] not in no_windows]
        by_day = [choice for choice in windows if not any(word in choice["window"] for word in NIGHT_WORDS)]
        if not by_day and other is not None and not self._has_asked_for_other_times:
            self._has_asked_for_other_times = True
            return other["key"]
        return (by_day or windows)[0]["key"]


@cache
def _load_prompts(language: Language) -> dict[str, str]:
    prompts: dict[str, str] = json.loads((CONTENT / "prompts" / f"{language}.json").read_text(encoding="utf-8"))
    return prompts
