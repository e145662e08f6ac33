"""Twilio's identifiers: two letters and 32 hexadecimal digits."""

from __future__ import annotations

from random import Random


class Sids:
    """Makes identifiers and other arbitrary choices; the same seed gives the same ones in the same order.

    Without a seed they differ from run to run, as they must against a database that outlives the simulator.
    """

    def __init__(self, seed: int | None) -> None:
        self.random = Random(seed)

    def new(self, prefix: str) -> str:
        """Return a fresh identifier such as CA… (call), SM… (message), RE… (recording), AC… (account)."""
        return f"{prefix}{self.random.getrandbits(128):032x}"

    def new_token(self) -> str:
        """Return a value for the header I-Twilio-Idempotency-Token."""
        bits = f"{self.random.getrandbits(128):032x}"
        return "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))
