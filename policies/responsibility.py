"""Whose a complaint was: found from what is on record, so that like cases are judged alike (F1).

Precedence: who did the work comes first; then what the customer complains of asks its own questions, and the first that
is answered yes decides. What no record shows is left to whoever has heard both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.complaints import ComplaintCategory, Responsibility
from policies.entitlement import ChargeableCause


class ResponsibilityGround(StrEnum):
    """What on record it is found from."""

    PARTNERS_WORK = "partners_work"
    LATE_ARRIVAL = "late_arrival"
    NOBODY_SENT = "nobody_sent"
    IN_TIME = "in_time"
    CHARGEABLE_CAUSE = "chargeable_cause"
    KNOWN_DEFECT = "known_defect"
    FAILED_REPAIR = "failed_repair"
    OTHER_TOTAL = "other_total"
    AS_AGREED = "as_agreed"
    MET_ON_SITE = "met_on_site"
    BY_HEARING = "by_hearing"


CUSTOMERS_CAUSES = frozenset(ChargeableCause) - {ChargeableCause.FORCE_MAJEURE, ChargeableCause.CLEARANCE}
"""Chargeable causes that lie with the customer: neither what nobody can help nor what the price was lower for."""


class ResponsibilityUnexplained(ValueError):
    """The records point to somebody else; say why it was not theirs."""

    field = "responsibility_why"


@dataclass(frozen=True, slots=True)
class ComplaintRecord:
    """What is on record of the matter complained of; all false where it is about no request.

    `is_partners`: a service point had taken it. `was_visited`: a technician of ours has arrived. `is_window_missed`: he
    arrived after the window promised. `is_clock_broken`: nobody was on site in time. `is_chargeable`: a cause that lies
    with the customer was found, such as misuse. `is_defect`: the model is known for this fault. `is_repeat`: the same
    fault had been repaired before. `is_priced`: a receipt was given; `is_total_other`: it was not for what had been
    agreed.
    """

    is_partners: bool = False
    was_visited: bool = False
    is_window_missed: bool = False
    is_clock_broken: bool = False
    is_chargeable: bool = False
    is_defect: bool = False
    is_repeat: bool = False
    is_priced: bool = False
    is_total_other: bool = False


@dataclass(frozen=True, slots=True)
class ResponsibilityFinding:
    """Whose it was and what shows it; `responsibility` is None where only a hearing can tell."""

    responsibility: Responsibility | None
    ground: ResponsibilityGround


BY_HEARING = ResponsibilityFinding(None, ResponsibilityGround.BY_HEARING)


def find_responsibility(category: ComplaintCategory, record: ComplaintRecord) -> ResponsibilityFinding:
    """Return whose a complaint of this category was."""
    if category is ComplaintCategory.OTHER:
        return BY_HEARING
    if record.is_partners:
        return ResponsibilityFinding(Responsibility.PARTNER, ResponsibilityGround.PARTNERS_WORK)
    rows = _QUESTIONS[category]
    return next((found for name, found in rows if getattr(record, name)), BY_HEARING)


def check_explained(found: ResponsibilityFinding, decided: Responsibility, *, why: str) -> None:
    """Raise ResponsibilityUnexplained where a person decides otherwise than the records and does not say why."""
    if found.responsibility not in {None, decided} and not why.strip():
        raise ResponsibilityUnexplained(f"{found.responsibility}: {found.ground}")


_Questions = tuple[tuple[str, ResponsibilityFinding], ...]
_QUESTIONS: dict[ComplaintCategory, _Questions] = {
    ComplaintCategory.RESPONSE_TIME: (
        ("is_window_missed", ResponsibilityFinding(Responsibility.TECHNICIAN, ResponsibilityGround.LATE_ARRIVAL)),
        ("is_clock_broken", ResponsibilityFinding(Responsibility.OFFICE, ResponsibilityGround.NOBODY_SENT)),
        ("was_visited", ResponsibilityFinding(Responsibility.NOBODY, ResponsibilityGround.IN_TIME)),
    ),
    ComplaintCategory.ATTITUDE: (
        ("was_visited", ResponsibilityFinding(Responsibility.TECHNICIAN, ResponsibilityGround.MET_ON_SITE)),
    ),
    ComplaintCategory.RESULT: (
        ("is_chargeable", ResponsibilityFinding(Responsibility.CUSTOMER, ResponsibilityGround.CHARGEABLE_CAUSE)),
        ("is_defect", ResponsibilityFinding(Responsibility.PRODUCT, ResponsibilityGround.KNOWN_DEFECT)),
        ("is_repeat", ResponsibilityFinding(Responsibility.TECHNICIAN, ResponsibilityGround.FAILED_REPAIR)),
    ),
    ComplaintCategory.CHARGES: (
        ("is_total_other", ResponsibilityFinding(Responsibility.OFFICE, ResponsibilityGround.OTHER_TOTAL)),
        ("is_chargeable", ResponsibilityFinding(Responsibility.CUSTOMER, ResponsibilityGround.CHARGEABLE_CAUSE)),
        ("is_priced", ResponsibilityFinding(Responsibility.NOBODY, ResponsibilityGround.AS_AGREED)),
    ),
}
"""By category: which record is looked at in turn, and what it shows."""
