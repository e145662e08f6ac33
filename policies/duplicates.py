"""Which customer files may be one and the same person (C1): found by rule, judged by a person, merged and unmerged."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LikenessReason(StrEnum):
    """Why two files may be one; those that weigh most come first."""

    PHONE_AND_NAME = "phone_and_name"
    NAME_AND_ADDRESS = "name_and_address"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class FileFace:
    """What is compared of a customer's file."""

    customer_id: int
    name: str
    phones: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True, order=True)
class Likeness:
    """Two files that may be one, the older first."""

    first_id: int
    second_id: int
    reason: LikenessReason


def find_likenesses(files: Iterable[FileFace]) -> list[Likeness]:
    """Return pairs of files that share a number, or a name and an address, the weightiest reasons first.

    A shared number alone is a weak reason: a school's switchboard serves many. Names and addresses are compared
    without case, spaces, signs and full-width forms.
    """
    groups: dict[tuple[str, str], set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for file in files:
        names[file.customer_id] = fold(file.name)
        for phone in file.phones:
            groups["phone", phone].add(file.customer_id)
        for address in file.addresses:
            groups["address", _place(file.name, address)].add(file.customer_id)
    found: dict[tuple[int, int], LikenessReason] = {}
    for (kind, _), members in groups.items():
        ordered = sorted(members)
        for index, first in enumerate(ordered):
            for second in ordered[index + 1 :]:
                reason = _reason(kind, is_same_name=names[first] == names[second])
                found[first, second] = min(found.get((first, second), reason), reason, key=list(LikenessReason).index)
    pairs = [Likeness(first, second, reason) for (first, second), reason in found.items()]
    return sorted(pairs, key=lambda pair: (list(LikenessReason).index(pair.reason), pair.first_id, pair.second_id))


def mark_place(name: str, address: str) -> str:
    """Return a mark of 64 signs that is the same for one name at one address, and tells neither."""
    return hashlib.sha256(_place(name, address).encode()).hexdigest()


def fold(text: str) -> str:
    """Return a name or an address without what people write differently."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _place(name: str, address: str) -> str:
    return f"{fold(name)}|{fold(address)}"


def _reason(kind: str, *, is_same_name: bool) -> LikenessReason:
    if kind == "address":
        return LikenessReason.NAME_AND_ADDRESS
    return LikenessReason.PHONE_AND_NAME if is_same_name else LikenessReason.PHONE
