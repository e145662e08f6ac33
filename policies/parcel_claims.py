"""What a courier owes us for a parcel that was lost or damaged, and how a claim for it goes on (P3, M2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.money import share_of


class ClaimState(StrEnum):
    """Where a claim against a courier stands."""

    RAISED = "raised"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


MOVES: dict[ClaimState, frozenset[ClaimState]] = {
    ClaimState.RAISED: frozenset({ClaimState.GRANTED, ClaimState.REFUSED, ClaimState.WITHDRAWN}),
    ClaimState.GRANTED: frozenset({ClaimState.WITHDRAWN}),
    ClaimState.REFUSED: frozenset(),
    ClaimState.WITHDRAWN: frozenset(),
}
STANDING = frozenset({ClaimState.RAISED, ClaimState.GRANTED})
"""States in which nothing more can be claimed for the same parcel."""


class ClaimMoveRefused(ValueError):
    """The claim cannot go from its state to the one asked for."""


class LossImpossible(ValueError):
    """More is said to be lost than the contents were worth, or nothing at all."""

    field = "loss"


class GrantImpossible(ValueError):
    """A courier grants something, and not more than was claimed."""

    field = "granted"


@dataclass(frozen=True, slots=True)
class Loss:
    """What a parcel was worth, what of that is lost (repairing it, or all), for how much it was insured, its carriage.

    `is_gone`: it never came, so that carrying it was no service either. `insured_cents` is 0 for a parcel without.
    """

    value_cents: int
    loss_cents: int
    insured_cents: int
    carriage_cents: int
    is_gone: bool


def claimable_cents(loss: Loss, *, carriage_times: int) -> int:
    """Return what the courier owes for a loss, in cents.

    Of an insured parcel the share of the loss it was insured for; of another one so many times its carriage, at most
    the loss. What never came gives its carriage back as well. Raises LossImpossible.
    """
    if not 0 < loss.loss_cents <= loss.value_cents:
        raise LossImpossible(f"{loss.loss_cents} of {loss.value_cents}")
    if loss.insured_cents:
        share = share_of(loss.loss_cents, min(loss.insured_cents, loss.value_cents), loss.value_cents)
    else:
        share = min(loss.loss_cents, loss.carriage_cents * carriage_times)
    return share + (loss.carriage_cents if loss.is_gone else 0)


def check_grant(*, claimed_cents: int, granted_cents: int) -> int:
    """Return what was granted; raises GrantImpossible for nothing, or for more than was claimed."""
    if not 0 < granted_cents <= claimed_cents:
        raise GrantImpossible(f"{granted_cents} of {claimed_cents}")
    return granted_cents


def move_claim(now: ClaimState, to: ClaimState) -> ClaimState:
    """Return `to` if a claim may go there from `now`; otherwise raise ClaimMoveRefused."""
    if to not in MOVES[now]:
        raise ClaimMoveRefused(f"{now} -> {to}")
    return to
