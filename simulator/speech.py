"""How long words take, and whether a voice can say them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from simulator.findings import TwimlRefused
from simulator.grammar import VOICES_FILE, read_json

# The pace prompts are measured by (H2): 4 Chinese characters or 2.5 English words a second.
CHARACTERS_PER_SECOND = 4.0
WORDS_PER_SECOND = 2.5

_CHINESE = re.compile(r"[㐀-鿿豈-﫿]")
_MAX_URL_ENCODED = 4500


def find_spoken_seconds(text: str) -> float:
    """Return how long a text is spoken; digits count like Chinese characters, one by one."""
    single = len(_CHINESE.findall(text)) + len(re.findall(r"\d", text))
    words = len(re.findall(r"[^\W\d]+", _CHINESE.sub(" ", text)))
    return single / CHARACTERS_PER_SECOND + words / WORDS_PER_SECOND


def check_speech(text: str, *, voice: str, language: str, has_ssml: bool) -> None:
    """Raise TwimlRefused when the voice cannot say this: unnamed, of another language, or too long a text."""
    if not voice or not language:
        raise TwimlRefused(0, f"a Say without voice or language may come out in Cantonese: {text[:40]!r}")
    if not _speaks(voice, language):
        raise TwimlRefused(13511, f"{voice} does not speak {language}")
    if has_ssml and (voice in {"man", "woman", "alice"} or "Chirp3" in voice):
        raise TwimlRefused(13520, f"{voice} does not read SSML")
    if not text.strip():
        raise TwimlRefused(13520, "a Say without words")
    is_google = voice.startswith("Google.")
    length, limit = (len(text.encode()), 5000) if is_google else (len(text), 3000 if "." in voice else 4096)
    if length > limit or len(quote(text, safe="")) > _MAX_URL_ENCODED:
        raise TwimlRefused(13521, f"a Say of {len(text)} characters: {text[:40]!r}…")


def _speaks(voice: str, language: str) -> bool:
    voices: Any = read_json(VOICES_FILE)
    alias = voices["aliases"]
    provider, _, name = voice.partition(".")
    if not name:
        return True
    # Google's voices carry their language in the name: Google.cmn-CN-Wavenet-A.
    spoken = voices["polly"].get(name.split("-")[0], []) if provider == "Polly" else ["-".join(name.split("-")[:2])]
    return alias.get(language, language) in {alias.get(tag, tag) for tag in spoken}
