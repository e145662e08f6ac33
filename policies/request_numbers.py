"""Numbers people say: request numbers with a check digit, visit codes without look-alikes (DESIGN)."""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

# The totally anti-symmetric quasigroup of H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004), order 10:
# it finds every single wrong digit and every swap of neighbours, the two mistakes people make on a keypad.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
REQUEST_NUMBER_DIGITS = 8
VISIT_CODE_LETTERS = "23456789ACDEFGHJKMNPQRTUVWXY"
"""No 0/O, 1/I/L, B/8, S/5, Z/2: a code is read from an old phone in a cellar."""
VISIT_CODE_LENGTH = 4
_LETTERS = "".join(filter(str.isalpha, VISIT_CODE_LETTERS))


class Draws(Protocol):
    """A source of unguessable numbers, such as `secrets.SystemRandom()`."""

    def randrange(self, stop: int, /) -> int:
        """Return a number from 0 to `stop` - 1."""
        ...


def check_digit(digits: str) -> str:
    """Return the Damm check digit of a string of decimal digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def draw_request_number(draws: Draws) -> str:
    """Return a new request number: seven unguessable digits and their check digit."""
    body = "".join(str(draws.randrange(10)) for _ in range(REQUEST_NUMBER_DIGITS - 1))
    return body + check_digit(body)


def is_request_number(text: str) -> bool:
    """Tell whether `text` has the length of a request number and its check digit fits."""
    return (
        len(text) == REQUEST_NUMBER_DIGITS and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
    )


def find_request_numbers(text: str) -> set[str]:
    """Return the request numbers somebody wrote into a text, however they grouped the digits."""
    runs = re.findall(r"(?<![0-9+])[0-9](?:[ .-]?[0-9])*(?![0-9])", unicodedata.normalize("NFKC", text))
    return {digits for run in runs if is_request_number(digits := re.sub(r"[^0-9]", "", run))}


def draw_visit_code(draws: Draws) -> str:
    """Return a new visit code, for example `K7PD`.

    It begins with a letter, so that a text such as 3K7PD is never taken for a code with a digit behind it.
    """
    first = _LETTERS[draws.randrange(len(_LETTERS))]
    rest = [VISIT_CODE_LETTERS[draws.randrange(len(VISIT_CODE_LETTERS))] for _ in range(VISIT_CODE_LENGTH - 1)]
    return first + "".join(rest)
