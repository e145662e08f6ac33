"""What the fallback writes down of a call while the house is down, and when each is taken in (DESIGN rule 11)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

STILL_SPEAKING = dt.timedelta(minutes=5)
"""By then whoever heard the apology has pressed the key or spoken: 20 seconds to hear it, 3 minutes to speak."""
RECORDING_OF_NOBODY = dt.timedelta(days=1)


class Spooled(StrEnum):
    """What came from the caller, or from Twilio."""

    APOLOGY = "apology"
    NO_MESSAGE = "no_message"
    MESSAGE = "message"
    RECORDING = "recording"


def waits(what: Spooled, *, since: dt.timedelta, is_call_known: bool) -> bool:
    """Tell whether a line waits for another: the apology for what the caller does, a recording for its message."""
    if what is Spooled.APOLOGY:
        return since < STILL_SPEAKING
    return what is Spooled.RECORDING and not is_call_known and since < RECORDING_OF_NOBODY
