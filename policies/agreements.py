"""Service agreements: their states, whether two of them clash, and the instalments of their price (C6, M2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from policies.money import split_evenly
from policies.months import date_in_month


class AgreementKind(StrEnum):
    """`service`: for a term; `package`: bought ahead to reduce charges (C9); `project`: with a large sale."""

    SERVICE = "service"
    PACKAGE = "package"
    PROJECT = "project"


class AgreementState(StrEnum):
    """Only an approved agreement pays for anything (M2). `ended`: before its last day, with a reason."""

    DRAFT = "draft"
    APPROVED = "approved"
    ENDED = "ended"


MOVES: dict[AgreementState, frozenset[AgreementState]] = {
    AgreementState.DRAFT: frozenset({AgreementState.APPROVED, AgreementState.ENDED}),
    AgreementState.APPROVED: frozenset({AgreementState.ENDED}),
    AgreementState.ENDED: frozenset(),
}


class AgreementMoveRefused(ValueError):
    """The agreement cannot go from its state to the one asked for."""


def move_agreement(now: AgreementState, to: AgreementState) -> AgreementState:
    """Return `to` if an agreement may go there from `now`; otherwise raise AgreementMoveRefused."""
    if to not in MOVES[now]:
        raise AgreementMoveRefused(f"{now} -> {to}")
    return to


@dataclass(frozen=True, slots=True)
class LinePeriod:
    """What one line covers and when. `scope` names it, such as "asset:17"; the last day is before `until_on`."""

    agreement: str
    kind: AgreementKind
    scope: str
    from_on: dt.date
    until_on: dt.date


def find_clashes(new: tuple[LinePeriod, ...], others: tuple[LinePeriod, ...]) -> list[tuple[LinePeriod, LinePeriod]]:
    """Return pairs of lines of one kind of agreement that cover the very same thing on some day.

    A service agreement and a package may both name a machine: then a person chooses. Two service agreements for it
    are a mistake in one of them.
    """
    clashes = [
        (line, other)
        for line in new
        for other in others
        if line.kind is other.kind and line.scope == other.scope and _overlap(line, other)
    ]
    return clashes + [
        (line, other) for index, line in enumerate(new) for other in new[index + 1 :] if line.scope == other.scope
    ]


def _overlap(one: LinePeriod, other: LinePeriod) -> bool:
    return one.from_on < other.until_on and other.from_on < one.until_on


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of an agreement's price, and when it is due."""

    due_on: dt.date
    amount_cents: int


def plan_instalments(*, price_cents: int, first_due_on: dt.date, count: int, every_months: int) -> list[Instalment]:
    """Split a price into `count` instalments, `every_months` apart; together they are the price, to the cent.

    Each falls on the first one's day of its month; a month that ends earlier has it on its last day.
    """
    return [
        Instalment(date_in_month(first_due_on, index * every_months), amount)
        for index, amount in enumerate(split_evenly(price_cents, count))
    ]


def renewal_notice_on(until_on: dt.date, *, notice_days: int) -> dt.date:
    """Return the day from which the customer and the office are reminded that an agreement ends."""
    return until_on - dt.timedelta(days=notice_days)
