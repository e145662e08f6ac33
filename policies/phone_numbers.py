"""Which of the things carriers send as a caller's number can be called or texted back."""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def dialable_number(sent: str) -> str | None:
    """Return the number if it is one in E.164 form, else None: `anonymous`, `client:alice`, a short code, an accident.

    ITU-T E.164: a plus sign, no leading zero, at most fifteen digits.
    """
    return sent if _E164.fullmatch(sent) else None
