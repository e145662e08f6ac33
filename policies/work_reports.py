"""What a work report must hold before it is handed in, and how it is approved (V1–V5, V7, M3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.request_kinds import RequestKind


class ReportState(StrEnum):
    """From the first entry to the supervisor's approval."""

    OPEN = "open"
    HANDED_IN = "handed_in"
    RETURNED = "returned"
    APPROVED = "approved"


class ChecklistAnswer(StrEnum):
    """What a technician says of one item of the checklist."""

    DONE = "done"
    NOT_DONE = "not_done"
    NOT_NEEDED = "not_needed"


class ChecklistMoment(StrEnum):
    """When an item of the checklist is looked at; `rules` are only read."""

    DEPARTURE = "departure"
    ARRIVAL = "arrival"
    WORK = "work"
    LEAVING = "leaving"
    RULES = "rules"


class Opinion(StrEnum):
    """What the customer says of the work before signing (V4)."""

    SATISFIED = "satisfied"
    ACCEPTABLE = "acceptable"
    NOT_SATISFIED = "not_satisfied"


class SerialCheck(StrEnum):
    """How a serial number was read at the machine (V2)."""

    CAMERA = "camera"
    KEYPAD = "keypad"
    UNREADABLE = "unreadable"


class ChargeKind(StrEnum):
    """What an amount on a work report is for."""

    LABOUR = "labour"
    PART = "part"
    TRAVEL = "travel"
    OTHER = "other"


class MissingPart(StrEnum):
    """What still keeps a work report from being handed in."""

    CHECKLIST = "checklist"
    SERIAL = "serial"
    DIAGNOSIS = "diagnosis"
    CHARGES = "charges"
    PHOTO_STEPS = "photo_steps"
    PHOTO_AFTER = "photo_after"
    OPINION = "opinion"
    CUSTOMER_SIGNATURE = "customer_signature"
    TECHNICIAN_SIGNATURE = "technician_signature"


MOVES: dict[ReportState, frozenset[ReportState]] = {
    ReportState.OPEN: frozenset({ReportState.HANDED_IN}),
    ReportState.HANDED_IN: frozenset({ReportState.APPROVED, ReportState.RETURNED}),
    ReportState.RETURNED: frozenset({ReportState.HANDED_IN}),
    ReportState.APPROVED: frozenset(),
}

WRITABLE = frozenset({ReportState.OPEN, ReportState.RETURNED})
"""States in which the technician may still write into a report."""

LEAST_STEPS = 3
"""Photos of an installation's steps: fewer are no series (V8)."""

LARGEST_AMOUNT_CENTS = 100_000_000
"""A million: a larger amount on one line is a slip of the thumb."""


class ReportMoveRefused(ValueError):
    """The report cannot go from its state to the one asked for."""


class ChargeOutOfRange(ValueError):
    """An amount or a quantity is negative or larger than a line may hold."""


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One amount told to the customer before work: `quantity` times `unit_cents`."""

    kind: ChargeKind
    description: str
    quantity: int
    unit_cents: int

    @property
    def total_cents(self) -> int:
        """Return what the line comes to."""
        return self.quantity * self.unit_cents


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What is agreed in writing before work besides parts and price (V3): `method` in words, how long it takes.

    `salesperson` is who answers for the contract when misuse is repaired for money, else empty.
    """

    method: str
    minutes: int
    salesperson: str = ""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a report holds so far; `answered` are codes of the checklist."""

    answered: Collection[str]
    is_serial_checked: bool
    has_diagnosis: bool
    charges_total_cents: int
    agreed_total_cents: int | None
    photos_steps: int
    photos_after: int
    has_opinion: bool
    has_customer_signature: bool
    has_technician_signature: bool


def move_report(now: ReportState, to: ReportState) -> ReportState:
    """Return `to` if a report may go there from `now`; otherwise raise ReportMoveRefused."""
    if to not in MOVES[now]:
        raise ReportMoveRefused(f"{now} -> {to}")
    return to


def add_up(lines: Sequence[ChargeLine]) -> int:
    """Return the total of charge lines in cents; raises ChargeOutOfRange naming the line.

    A line of nothing is right: what a warranty waives is shown with zero (M1).
    """
    for line in lines:
        if line.quantity < 1 or not 0 <= line.total_cents <= LARGEST_AMOUNT_CENTS:
            raise ChargeOutOfRange(line.description)
    return sum(line.total_cents for line in lines)


def list_missing(content: ReportContent, *, required: Collection[str], kind: RequestKind) -> tuple[MissingPart, ...]:
    """Return what is missing before the work is done, in the order of the page; nothing when all is there.

    Charges need the customer's yes to exactly this total, also when it is zero only because nothing is charged:
    then there is nothing to agree to (V3, M3).
    """
    wanted = {
        MissingPart.CHECKLIST: set(required) <= set(content.answered),
        MissingPart.SERIAL: content.is_serial_checked,
        MissingPart.DIAGNOSIS: content.has_diagnosis,
        MissingPart.CHARGES: content.charges_total_cents == (content.agreed_total_cents or 0),
        MissingPart.PHOTO_STEPS: kind is not RequestKind.INSTALLATION or content.photos_steps >= LEAST_STEPS,
        MissingPart.PHOTO_AFTER: content.photos_after > 0,
        MissingPart.OPINION: content.has_opinion,
        MissingPart.CUSTOMER_SIGNATURE: content.has_customer_signature,
        MissingPart.TECHNICIAN_SIGNATURE: content.has_technician_signature,
    }
    return tuple(part for part, is_there in wanted.items() if not is_there)


def compare_serials(seen: str, on_file: str) -> bool:
    """Tell whether two serial numbers are the same, whatever spaces, dashes and case they are written with."""
    return _plain(seen) == _plain(on_file)


def _plain(serial: str) -> str:
    return "".join(sign for sign in serial.upper() if sign.isalnum())
