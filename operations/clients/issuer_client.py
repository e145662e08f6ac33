"""What we ask of an OpenID Connect issuer, whatever its vendor; integrations/openid_issuer.py keeps it (T3, S2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class IssuerDown(RuntimeError):
    """The issuer does not answer, or describes itself as it should not; the message says which."""


class IssuerAnswerRefused(PermissionError):
    """What came back does not let anybody in; the message is the name of the reason, for the log."""


@dataclass(frozen=True, slots=True)
class IssuerQuestion:
    """Where a browser is sent, and the secrets that fit only the answer to this one question."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """Who somebody is in the issuer's signed word."""

    email: str
    is_email_verified: bool
    has_second_factor: bool
    """True when the issuer says that more than a password was asked for."""


class SignInIssuer(Protocol):
    """Somebody whose word on who a person is we take."""

    @property
    def name(self) -> str:
        """What people call it: it stands on the button."""
        ...

    def ask(self, *, return_address: str) -> IssuerQuestion:
        """Return a new question; the browser comes back to `return_address` with the answer. Raises IssuerDown."""
        ...

    def read_answer(
        self, *, question: IssuerQuestion, answer: Mapping[str, str], return_address: str, now: dt.datetime
    ) -> IssuerIdentity:
        """Return whom the answer names; `answer` is what the browser brought in its address.

        Raises IssuerAnswerRefused, also for what was answered to another question, or IssuerDown.
        """
        ...
