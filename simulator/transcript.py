"""What was said, played and pressed, at which second of the call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Who(StrEnum):
    HOTLINE = "hotline"
    CALLER = "caller"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry; `at_seconds` counts from the first ring. `words` are as spoken, keys are written as `[1]`."""

    at_seconds: float
    who: Who
    words: str
    language: str = ""
    voice: str = ""

    def __str__(self) -> str:
        tongue = f" ({self.language}, {self.voice})" if self.language else ""
        return f"{self.at_seconds:7.1f} s  {self.who}{tongue}: {self.words}"


@dataclass
class Transcript:
    lines: list[Line] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))

    @property
    def spoken(self) -> list[Line]:
        """Only what the hotline said in words."""
        return [line for line in self.lines if line.who is Who.HOTLINE and line.language]

    @property
    def first_word_seconds(self) -> float | None:
        """Seconds from the first ring to the first audible word (H1), if there was one."""
        return self.spoken[0].at_seconds if self.spoken else None
