"""The words of the clocks: which kinds the house is delivered with, and where a clock stands (K1)."""

from enum import StrEnum


class CommitmentKind(StrEnum):
    """The clocks the house is delivered with; their rules are data, and an organisation adds kinds of its own."""

    ANSWER = "answer"
    HUMAN = "human"
    ON_SITE = "on_site"
    MEASURE = "measure"
    RESTORATION = "restoration"
    WORKSHOP = "workshop"
    COMPLAINT = "complaint"
    EXPLANATION = "explanation"
    SOLUTION = "solution"
    CALL_BACK = "call_back"
    EMAIL = "email"
    EXPERT = "expert"
    IMPROVEMENT = "improvement"
    COURIER_CLAIM = "courier_claim"


class CommitmentState(StrEnum):
    """Where a clock stands. `withdrawn`: the matter ended before the promise fell due, nobody broke anything."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class PauseReason(StrEnum):
    """Why the time of a clock does not count for a while; each rule says which of these it allows."""

    CUSTOMER_WISH = "customer_wish"
    NO_ACCESS = "no_access"
    CUSTOMER_DECIDES = "customer_decides"
    PART_MISSING = "part_missing"
    FORCE_MAJEURE = "force_majeure"
