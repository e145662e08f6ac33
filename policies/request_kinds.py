"""What a request is for: repairs come first in the plan, and start the clock of 24 hours (D1, D15)."""

from enum import StrEnum


class RequestKind(StrEnum):
    """A fault somebody reported, care we planned ourselves, or a machine to set up."""

    REPAIR = "repair"
    PREVENTIVE = "preventive"
    INSTALLATION = "installation"


CARE_PRIORITY = 10
"""What nobody waits for fills the gaps that repairs leave."""
