"""Who pays for a repair: the rows put before the policy, and the decision kept with what it was made from (C2, C6, H9).

The telephone, the pages and the settlement all ask here, so that a customer never hears one thing and pays another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Agreement, Asset, CoverageLine, EntitlementDecision, ServiceRequest, WarrantyTerm
from operations.clocks.commitments import request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at, versioned_figures_at
from policies.agreements import AgreementState
from policies.entitlement import (
    ChargeableCause,
    CoverLine,
    Entitlement,
    EntitlementFacts,
    LineScope,
    Term,
    decide_entitlement,
)
from policies.figures import Figures
from policies.purchases import SaleKind
from policies.warranty import Papers, WarrantyStart

FACTS = TypeAdapter(EntitlementFacts)
OUTCOME = TypeAdapter(Entitlement)
FIRST_REASON = "first decision"


class RequestWithoutAsset(ValueError):
    """Nobody has said yet which machine the request is about; without it nothing can be decided."""

    field = "request"


def find_entitlement(session: Session, *, asset: Asset, now: dt.datetime) -> Entitlement:
    """Decide who would pay for a repair reported now, by the calendar where the machine stands; store nothing."""
    on = now.astimezone(ZoneInfo(asset.site.time_zone)).date()
    return decide_entitlement(gather_facts(session, asset=asset, on=on, figures=figures_at(session, now)))


def find_decision(session: Session, *, request: ServiceRequest) -> EntitlementDecision | None:
    """Return the decision that counts for a request: the last one about the machine it is about now."""
    return session.scalars(
        select(EntitlementDecision)
        .where(EntitlementDecision.request_id == request.id, EntitlementDecision.asset_id == request.asset_id)
        .order_by(EntitlementDecision.id.desc())
        .limit(1)
    ).first()


def list_decisions(session: Session, *, request: ServiceRequest) -> list[EntitlementDecision]:
    """Return all decisions about a request, the first one first."""
    query = select(EntitlementDecision).where(EntitlementDecision.request_id == request.id)
    return list(session.scalars(query.order_by(EntitlementDecision.id)))


def settle_decision(session: Session, *, request: ServiceRequest, by: str, now: dt.datetime) -> EntitlementDecision:
    """Return the request's decision, made now if there is none yet; raises RequestWithoutAsset."""
    return find_decision(session, request=request) or decide_again(
        session, request=request, by=by, reason=FIRST_REASON, now=now
    )


def decide_again(
    session: Session,
    *,
    request: ServiceRequest,
    by: str,
    reason: str,
    now: dt.datetime,
    causes: Iterable[ChargeableCause] | None = None,
    chosen_line_id: int | None = None,
) -> EntitlementDecision:
    """Decide anew from what is known now, for the day of the report, and keep the decision beside the older ones.

    Causes and choice stay as they were where they are not given. Raises RequestWithoutAsset, or ChoiceNotOffered.
    """
    if request.asset is None:
        raise RequestWithoutAsset(request.number)
    before = find_decision(session, request=request)
    known = read_facts(before) if before else None
    if causes is None and known is not None:
        causes = known.causes
    if chosen_line_id is None and known is not None:
        chosen_line_id = known.chosen_line_id
    version, figures = versioned_figures_at(session, request.opened_at)
    facts = gather_facts(
        session,
        asset=request.asset,
        on=request.opened_at.astimezone(ZoneInfo(request.asset.site.time_zone)).date(),
        figures=figures,
        causes=frozenset(causes or ()),
        chosen_line_id=chosen_line_id,
    )
    outcome = decide_entitlement(facts)
    decision = EntitlementDecision(
        request_id=request.id,
        asset_id=request.asset.id,
        decided_at=now,
        decided_by=by,
        reason=reason,
        policy_version=version,
        facts=FACTS.dump_python(facts, mode="json"),
        outcome=OUTCOME.dump_python(outcome, mode="json"),
    )
    session.add(decision)
    session.flush()
    _record(session, decision, outcome, now=now)
    return decision


def read_facts(decision: EntitlementDecision) -> EntitlementFacts:
    """Return what a stored decision was made from."""
    facts: EntitlementFacts = FACTS.validate_python(decision.facts)
    return facts


def read_outcome(decision: EntitlementDecision) -> Entitlement:
    """Return what was decided then, as it was decided."""
    outcome: Entitlement = OUTCOME.validate_python(decision.outcome)
    return outcome


def gather_facts(
    session: Session,
    *,
    asset: Asset,
    on: dt.date,
    figures: Figures,
    causes: frozenset[ChargeableCause] = frozenset(),
    chosen_line_id: int | None = None,
) -> EntitlementFacts:
    """Return everything the policy looks at for one machine on a day."""
    papers = _papers(asset)
    if asset.sale_kind is SaleKind.CLEARANCE:
        causes |= {ChargeableCause.CLEARANCE}
    return EntitlementFacts(
        on=on,
        papers=papers,
        term=_find_term(session, asset, papers.purchased_on or on, figures),
        causes=causes,
        lines=tuple(find_cover_lines(session, asset=asset)),
        chosen_line_id=chosen_line_id,
    )


def find_lines(session: Session, *, asset: Asset) -> list[CoverageLine]:
    """Return the lines of the owner's approved agreements that name a machine, its site, its model or everything."""
    query = (
        select(CoverageLine)
        .join(CoverageLine.agreement)
        .where(
            Agreement.customer_id == asset.customer_id,
            Agreement.state == AgreementState.APPROVED,
            names_asset(asset),
        )
        .order_by(CoverageLine.id)
        .options(joinedload(CoverageLine.agreement), selectinload(CoverageLine.uses))
    )
    return list(session.scalars(query))


def names_asset(asset: Asset | type[Asset]) -> ColumnElement[bool]:
    """Return the condition that a line covers a machine: by itself, by its site, its model, or with everything.

    Given the table, it is the condition for the machine of the row at hand.
    """
    names_nothing = CoverageLine.asset_id.is_(None) & CoverageLine.site_id.is_(None) & CoverageLine.product_id.is_(None)
    return or_(
        CoverageLine.asset_id == asset.id,
        CoverageLine.site_id == asset.site_id,
        CoverageLine.product_id == asset.product_id,
        names_nothing,
    )


def find_cover_lines(session: Session, *, asset: Asset) -> list[CoverLine]:
    """Return the same lines as the policy sees them, with what is left of their allowances."""
    return [_cover_line(line, asset) for line in find_lines(session, asset=asset)]


def count_visits_left(line: CoverageLine) -> int | None:
    """Return how many visits a line still pays for; None where they are not counted."""
    if line.allowance_visits is None:
        return None
    return line.allowance_visits - sum(use.visits for use in line.uses)


def _papers(asset: Asset) -> Papers:
    """An invoice we know of is a proof, and its date counts where no other is known."""
    proved_on = min((proof.dated_on for proof in asset.proofs), default=None)
    return Papers(
        purchased_on=asset.purchased_on or asset.invoiced_on or proved_on,
        delivered_on=asset.delivered_on,
        accepted_on=asset.accepted_on,
        has_proof=asset.invoiced_on is not None or bool(asset.proofs),
    )


def _find_term(session: Session, asset: Asset, bought_on: dt.date, figures: Figures) -> Term:
    """Return the term in force when it was bought: the model's own before everybody's; without one, the figures."""
    terms = session.scalars(
        select(WarrantyTerm).where(
            WarrantyTerm.sale_kind == asset.sale_kind,
            or_(WarrantyTerm.product_id == asset.product_id, WarrantyTerm.product_id.is_(None)),
            WarrantyTerm.in_force_from_on <= bought_on,
        )
    ).all()
    if terms:
        best = max(terms, key=lambda term: (term.product_id is not None, term.in_force_from_on))
        term = Term(best.unit_months, best.accessory_months, best.begins_with)
    elif asset.sale_kind is SaleKind.PROJECT:
        term = Term(figures.warranty_unit_months, figures.warranty_project_accessory_months, WarrantyStart.LATEST)
    else:
        term = Term(figures.warranty_unit_months, figures.warranty_accessory_months, WarrantyStart.LATEST)
    if asset.contract_months is None:
        return term
    return Term(asset.contract_months, min(term.accessory_months, asset.contract_months), term.begins_with)


def _cover_line(line: CoverageLine, asset: Asset) -> CoverLine:
    scope = LineScope.CUSTOMER
    if line.asset_id == asset.id:
        scope = LineScope.ASSET
    elif line.site_id is not None:
        scope = LineScope.SITE
    elif line.product_id is not None:
        scope = LineScope.PRODUCT
    return CoverLine(
        line_id=line.id,
        agreement=line.agreement.number,
        scope=scope,
        from_on=line.agreement.from_on,
        until_on=line.agreement.until_on,
        labour_percent=line.labour_percent,
        travel_percent=line.travel_percent,
        main_part_percent=line.main_part_percent,
        wear_part_percent=line.wear_part_percent,
        visits_left=count_visits_left(line),
        visits_allowed=line.allowance_visits,
        covers_misuse=line.covers_misuse,
    )


def _record(session: Session, decision: EntitlementDecision, outcome: Entitlement, *, now: dt.datetime) -> None:
    percents = {str(cover.item): f"{cover.percent}% {cover.reason}" for cover in outcome.items}
    record_event(
        session,
        subject=request_subject(decision.request_id),
        kind="entitlement_decided",
        occurred_at=now,
        recorded_at=now,
        source="entitlement",
        actor=decision.decided_by,
        facts={**percents, "reason": decision.reason, "choices": len(outcome.choices)},
    )
    note_change(session, topic=BOARD, now=now)
