"""Rounds of the after-sales department: likely parts, what is overdue, what nobody answered (P2, P4, D14, F1, F5)."""

from __future__ import annotations

from operations.aftercare.complaint_handling import climb_unanswered
from operations.aftercare.workshop import report_overdue_loans, tell_late_repairs
from operations.clients.services import Services
from operations.matters.exception_reports import climb_overdue
from operations.parts.likely_parts import reserve_for_coming_visits


def reserve_likely_parts(services: Services) -> int:
    """Have technicians take along what visits for the same fault mostly used."""
    with services.database.writing() as session:
        return reserve_for_coming_visits(session, now=services.now())


def remind_of_loaners(services: Services) -> int:
    """Put loaners that are overdue before the desk."""
    with services.database.writing() as session:
        return report_overdue_loans(session, now=services.now())


def tell_of_late_repairs(services: Services) -> int:
    """Tell customers whose machines the workshop has longer than promised."""
    with services.database.writing() as session:
        return tell_late_repairs(session, house=services.house, now=services.now())


def climb_complaints(services: Services) -> int:
    """Carry complaints higher that nobody answered in time."""
    with services.database.writing() as session:
        return climb_unanswered(session, house=services.house, now=services.now())


def climb_exceptions(services: Services) -> int:
    """Carry problems higher that nobody answered in time."""
    with services.database.writing() as session:
        return climb_overdue(session, now=services.now())
