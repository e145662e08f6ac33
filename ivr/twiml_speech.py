"""Rules for what is spoken: a named voice that speaks the named language, a bearable length, SSML where it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from xml.etree.ElementTree import Element

from ivr.twiml_faults import HOUSE_RULE, TwimlFault

VOICES_FILE: Final = Path(__file__).parents[1] / "content" / "voice_languages.json"
BASIC_VOICES: Final = frozenset({"man", "woman", "alice"})

_EMPTY_TEXT: Final = 13520
_TOO_LONG: Final = 13521
_WRONG_VOICE: Final = 13511
_MAX_URL_ENCODED: Final = 4500
_MAX_BASIC_CHARACTERS: Final = 4096
_MAX_POLLY_CHARACTERS: Final = 3000
_MAX_GOOGLE_BYTES: Final = 5000


@cache
def _load_voices() -> dict[str, Any]:
    voices: dict[str, Any] = json.loads(VOICES_FILE.read_text(encoding="utf-8"))
    return voices


def find_speech_faults(say: Element, path: str) -> Iterator[TwimlFault]:
    """Yield what is wrong with one Say: its voice, its language, its length and its SSML."""
    voice, language = say.get("voice", ""), say.get("language", "")
    if not voice or not language:
        # A language alone has been spoken as Cantonese where Mandarin was meant.
        yield TwimlFault(HOUSE_RULE, path, "every Say names its voice and its language")
    elif not is_voice_of_language(voice, language):
        yield TwimlFault(_WRONG_VOICE, path, f"{voice} does not speak {language}")
    if len(say) and not _has_ssml(voice):
        yield TwimlFault(_EMPTY_TEXT, path, f"{voice or 'the basic voice'} does not read SSML")
    yield from _find_length_faults("".join(say.itertext()), voice, path)


def is_voice_of_language(voice: str, language: str) -> bool:
    """Say whether the voice speaks the language; basic voices speak whatever they are given."""
    if voice in BASIC_VOICES:
        return True
    voices = _load_voices()
    provider, _, name = voice.partition(".")
    spoken = ["-".join(name.split("-")[:2])] if provider == "Google" else voices["polly"].get(name.split("-")[0], [])
    aliases = voices["aliases"]
    return aliases.get(language, language) in {aliases.get(tag, tag) for tag in spoken}


def _has_ssml(voice: str) -> bool:
    return voice not in BASIC_VOICES and bool(voice) and "Chirp3" not in voice


def _find_length_faults(text: str, voice: str, path: str) -> Iterator[TwimlFault]:
    if not text.strip():
        yield TwimlFault(_EMPTY_TEXT, path, "there is nothing to say")
        return
    length, limit, unit = len(text), _MAX_BASIC_CHARACTERS, "characters"
    if voice.startswith("Polly."):
        limit = _MAX_POLLY_CHARACTERS
    elif voice.startswith("Google."):
        length, limit, unit = len(text.encode()), _MAX_GOOGLE_BYTES, "bytes"
    if length > limit:
        yield TwimlFault(_TOO_LONG, path, f"{length} {unit}, the voice reads at most {limit}")
    encoded = len(quote(text, safe=""))
    if encoded > _MAX_URL_ENCODED:
        yield TwimlFault(_TOO_LONG, path, f"{encoded} characters when URL-encoded, at most {_MAX_URL_ENCODED}")
