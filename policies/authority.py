"""Up to which amount a role may say yes: differences, refunds, compensation, goodwill (M3, F1)."""

from __future__ import annotations

from policies.figures import Figures
from policies.roles import Role


class AuthorityExceeded(PermissionError):
    """The amount is above what this role may approve; somebody with a higher limit must."""


def find_limit(role: Role, figures: Figures) -> int:
    """Return the largest amount in cents that a role may approve; 0 for a role that approves none."""
    limits = {
        Role.CLERK: figures.approval_clerk_cents,
        Role.DISPATCHER: figures.approval_dispatcher_cents,
        Role.COMPLAINTS: figures.approval_complaints_cents,
        Role.MANAGER: figures.approval_manager_cents,
        Role.ADMINISTRATOR: figures.approval_administrator_cents,
    }
    return limits.get(role, 0)


def check_authority(role: Role, amount_cents: int, figures: Figures) -> None:
    """Raise AuthorityExceeded where an amount, owed to us or by us, is above the role's limit."""
    if abs(amount_cents) > find_limit(role, figures):
        raise AuthorityExceeded(f"{role}: {amount_cents} > {find_limit(role, figures)}")
