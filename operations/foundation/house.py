"""What operations must know of this installation to write to people: its telephone number and its address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class House:
    """The hotline's number as people dial it, and the public address links start with (no slash at the end)."""

    hotline_number: str
    public_base_url: str
