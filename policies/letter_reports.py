"""What somebody who reports a fault in writing has told us, and what is still missing (H4, H16)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

SERIAL_DIGITS = 6
"""Fewer digits would let a stranger fish for other people's machines."""
HOME_REGION = "CN"
"""Where a number is dialled that says no country."""
MOST_TRIED = 6
"""So many serials and numbers of one text are looked at: a longer list is somebody's guessing."""
_SERIAL = re.compile(r"(?<![A-Z0-9])[A-Z0-9](?:[A-Z0-9-]{4,38})[A-Z0-9](?![A-Z0-9])")


class MissingDetail(StrEnum):
    """What a report in writing must hold before a request can be opened from it."""

    SERIAL = "serial"
    PHONE = "phone"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """What a text holds: serials and telephone numbers as they may be meant, each once, in the order of the text."""

    serials: tuple[str, ...]
    phones: tuple[str, ...]

    @property
    def missing(self) -> tuple[MissingDetail, ...]:
        """What is not there at all."""
        gaps = ((MissingDetail.SERIAL, self.serials), (MissingDetail.PHONE, self.phones))
        return tuple(detail for detail, found in gaps if not found)


def is_report(text: str, words: Iterable[str]) -> bool:
    """Tell whether a text speaks of something that does not work, by the words for it."""
    plain = _plain(text)
    return any(_plain(word) in plain for word in words)


def read_written_report(text: str) -> WrittenReport:
    """Return the serials and telephone numbers a text holds; digits that can be dialled are no serial."""
    plain = _plain(text)
    found = list(phonenumbers.PhoneNumberMatcher(plain, HOME_REGION))
    phones = [phonenumbers.format_number(one.number, phonenumbers.PhoneNumberFormat.E164) for one in found]
    dialled = {re.sub(r"\D", "", one.raw_string) for one in found}
    serials = [one for one in _SERIAL.findall(plain) if sum(map(str.isdigit, one)) >= SERIAL_DIGITS]
    return WrittenReport(_once([one for one in serials if one.replace("-", "") not in dialled]), _once(phones))


def match_fault(text: str, names: Sequence[tuple[str, str]]) -> int | None:
    """Return which of these faults, each in two languages, a text names; None for none or for several."""
    plain = _plain(text)
    named = [index for index, pair in enumerate(names) if any(name and _plain(name) in plain for name in pair)]
    return named[0] if len(named) == 1 else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


def _once(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:MOST_TRIED]
