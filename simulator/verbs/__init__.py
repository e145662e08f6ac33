"""One file per group of verbs; `VERBS` is the list of what this telephone plays."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from simulator.line import Line
from simulator.spans import Steps
from simulator.verbs.dial import dial
from simulator.verbs.enqueue import enqueue, leave
from simulator.verbs.flow import hang_up, redirect, reject
from simulator.verbs.gather import gather
from simulator.verbs.record import record
from simulator.verbs.speaking import pause, play, say

VERBS: dict[str, Callable[[Element, Line], Steps]] = {
    "Say": say,
    "Play": play,
    "Pause": pause,
    "Gather": gather,
    "Record": record,
    "Dial": dial,
    "Enqueue": enqueue,
    "Leave": leave,
    "Redirect": redirect,
    "Hangup": hang_up,
    "Reject": reject,
}
