"""Customer segments (C1)."""

from enum import StrEnum


class Segment(StrEnum):
    """How a customer is looked after."""

    NEW = "new"
    EXISTING = "existing"
    VIP = "vip"
