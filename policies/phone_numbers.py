"""Which of the things carriers send as a caller's number can be called or texted back."""

import re

import phonenumbers

SHORTEST_KEYED = 9
CHINA = "+86"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def dialable_number(sent: str) -> str | None:
    """Return the number if it is one in E.164 form, else None: `anonymous`, `client:alice`, a short code, an accident.

    ITU-T E.164: a plus sign, no leading zero, at most fifteen digits.
    """
    return sent if _E164.fullmatch(sent) else None


def read_written_number(text: str) -> str | None:
    """Return a number as people write theirs in E.164 form, else None; without a plus it is one of China's."""
    plain = re.sub(r"[\s()./-]", "", text)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    return dialable_number(plain if plain.startswith("+") else f"{CHINA}{plain.removeprefix('0')}")


def read_keyed_number(digits: str, *, like: str) -> str | None:
    """Return digits keyed by a caller as a number in E.164 form, else None; `like` is a number of the same country.

    A mobile number needs no prefix, a landline its area code, a number abroad 00 and its country code.
    """
    home = phonenumbers.region_code_for_number(phonenumbers.parse(like)) or phonenumbers.region_code_for_country_code(
        phonenumbers.parse(like).country_code or 0
    )
    try:
        number = phonenumbers.parse(digits, home)
    except phonenumbers.NumberParseException:
        return None
    # A number that can only be dialled within its town reaches nobody from here.
    if len(digits) < SHORTEST_KEYED:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national_groups(number: str) -> tuple[str, ...]:
    """Return the digits one dials within the number's own country, in the groups it is known by: 021, 5000, 0000."""
    read = phonenumbers.parse(number)
    return tuple(re.findall(r"\d+", phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.NATIONAL)))
