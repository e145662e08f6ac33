"""Numbers that cost us money and are meant to: no premium or satellite numbers, few strangers abroad (S2).

Whoever makes a robot ask for texts or calls to numbers it earns by ("SMS pumping", toll fraud) needs many, abroad or
dear. Numbers on file are not strangers: a customer abroad is served like any other.
"""

from __future__ import annotations

import phonenumbers

DEAR_KINDS = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})
DEAR_CODES = frozenset({870, 878, 881, 882, 883, 888, 979})
"""Calling codes of satellites and of networks that belong to no country."""


def is_dear(number: str) -> bool:
    """Tell whether a number in E.164 form is one we never call or text: premium rate, shared cost, satellite."""
    parsed = _parse(number)
    if parsed is None:
        return False
    return parsed.country_code in DEAR_CODES or phonenumbers.number_type(parsed) in DEAR_KINDS


def prefix_abroad(number: str, *, home: str) -> str | None:
    """Return "+44" for a number of another country than `home`'s, both in E.164 form; else None.

    What is no telephone number, such as an address for mail, is nowhere.
    """
    parsed, ours = _parse(number), _parse(home)
    if parsed is None or ours is None or parsed.country_code == ours.country_code:
        return None
    return f"+{parsed.country_code}"


def _parse(number: str) -> phonenumbers.PhoneNumber | None:
    if not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
