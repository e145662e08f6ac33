"""Sentences of the pages, from content/pages, in the language of whoever looks (DESIGN rule 9)."""

import json
from collections.abc import Mapping
from functools import cache

from flask import g, request, session
from flask_login import current_user

from models import Site
from outbox.words import CONTENT, load_words
from policies.languages import Language

CHOICE = "language"


@cache
def load_sentences(language: Language) -> Mapping[str, str]:
    """Return all sentences of one language by name."""
    sentences: dict[str, str] = json.loads((CONTENT / "pages" / f"{language}.json").read_text("utf-8"))
    # Messages say the states of visits too: one list of words for both.
    states = {f"visit_state.{state}": name for state, name in load_words(language)["visit_states"].items()}
    return {**states, **sentences}


def has_sentence(name: str) -> bool:
    """Tell whether there is a sentence of this name, for names made of what others send us."""
    return name in load_sentences(page_language())


def say(name: str, **values: object) -> str:
    """Return the sentence called `name` in the page's language, with its placeholders filled.

    A name that does not exist raises KeyError: tests look for every name that templates use.
    """
    return load_sentences(page_language())[name].format(**values)


def page_language() -> Language:
    """Return what was chosen on the page, else the user's own language, else what the browser asks for."""
    if "language" not in g:
        g.language = _choose_language()
    language: Language = g.language
    return language


def use_language(language: Language) -> None:
    """Speak this language on the page being made, whatever the browser asks for."""
    g.language = language


def in_language(row: object, field: str) -> str:
    """Return `row.field` in the page's language: English stands beside Chinese in `field_en`, and may be missing."""
    english = getattr(row, f"{field}_en", None) if page_language() is Language.EN else None
    return str(english or getattr(row, field))


def place_name(site: Site | None) -> str:
    """Return the district a site lies in; in English its territory, for districts have no English name."""
    if site is None:
        return ""
    if page_language() is Language.EN and site.territory is not None:
        return site.territory.name_en
    return site.district


def _choose_language() -> Language:
    chosen = session.get(CHOICE)
    if chosen in set(Language):
        return Language(chosen)
    if current_user.is_authenticated:
        return Language(current_user.language)
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"], default="zh-CN")
    return Language.EN if best == "en" else Language.ZH
