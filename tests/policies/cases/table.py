"""One case of a policy: the situation in both languages, what goes in, what must come out."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """`zh` and `en` are the manual's words; `expected` is compared with what the policy says of `given`."""

    zh: str
    en: str
    given: Any
    expected: Any
