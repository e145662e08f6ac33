"""What a node of the menu is: what it says on arriving, and where a key leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.reply import Reply
from ivr.turn import Turn


@dataclass(frozen=True, slots=True)
class Node:
    """One place in the call.

    `enter` returns what is said there, or the name of another node when there is nothing to ask here. `answer` gets
    the digits and returns the name of the next node; it may change what the call remembers. `goes_back` tells whether
    the star key returns here from the nodes after it; `ends_on_silence`, whether silence is goodbye: the caller has
    all they came for. `must_be_sure`: what is said here cannot be taken back, so only clear speech counts.
    """

    name: str
    enter: Callable[[Turn], Reply | str]
    answer: Callable[[Turn, str], str]
    goes_back: bool = True
    ends_on_silence: bool = False
    must_be_sure: bool = False
