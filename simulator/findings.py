"""What a strict telephone finds wrong with the app it calls."""

from __future__ import annotations

from dataclasses import dataclass, field


class TwimlRefused(AssertionError):
    """The document would not be played as it was meant. `code` is Twilio's, 0 for a rule of flow without one."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"[{code}] {reason}")
        self.code = code


class CallBroken(AssertionError):
    """The caller heard "an application error has occurred": neither the app nor its fallback answered."""


class NotSimulated(NotImplementedError):
    """The telephone does not play that verb or noun; a test that needs it needs more telephone."""


@dataclass(frozen=True, slots=True)
class Finding:
    code: int
    message: str
    call_sid: str


@dataclass
class Findings:
    """Everything found so far. When `is_strict`, a refused document raises where it was fetched."""

    is_strict: bool = True
    found: list[Finding] = field(default_factory=list)

    def note(self, error: Exception, code: int, call_sid: str) -> None:
        """Write an error down; raise it if this telephone is strict and the app alone can be blamed for it."""
        self.found.append(Finding(code, str(error), call_sid))
        if self.is_strict and isinstance(error, TwimlRefused | CallBroken):
            raise error
