"""One voice profile per language: the voice is always named, a language alone has produced Cantonese elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from policies.languages import Language


@dataclass(frozen=True, slots=True)
class Voice:
    """A Say voice with the language tag that fits it, and the other tag by which Gather knows the language."""

    name: str
    say_language: str
    gather_language: str


VOICES = {
    Language.ZH: Voice("Polly.Zhiyu-Neural", "cmn-CN", "cmn-Hans-CN"),
    Language.EN: Voice("Polly.Joanna-Neural", "en-US", "en-US"),
}
