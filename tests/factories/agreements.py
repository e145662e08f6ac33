"""Service agreements with one line, as most tests need them."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from models import Agreement, Asset, CoverageLine
from policies.agreements import AgreementKind, AgreementState
from tests.factories.numbers import next_number


def make_agreement(
    session: Session,
    asset: Asset,
    *,
    state: AgreementState = AgreementState.APPROVED,
    **changed: Any,  # noqa: ANN401
) -> Agreement:
    """An agreement of the asset's owner that pays labour, travel and main parts of this asset through 2026."""
    values: dict[str, Any] = {
        "kind": AgreementKind.SERVICE,
        "from_on": dt.date(2026, 1, 1),
        "until_on": dt.date(2027, 1, 1),
        "price_cents": 1_200_000,
        "currency": "CNY",
        "instalment_count": 4,
        "instalment_months": 3,
        "renewal_notice_days": 30,
        "late_response_basis_points": 100,
        "late_restoration_basis_points_per_day": 100,
        "failed_inspection_basis_points": 100,
        "made_by": "clerk",
    }
    line = {
        "position": 1,
        "asset_id": asset.id,
        "labour_percent": 100,
        "travel_percent": 100,
        "main_part_percent": 100,
        "wear_part_percent": 0,
        "covers_misuse": False,
    }
    own = {name: value for name, value in changed.items() if hasattr(Agreement, name)}
    line |= {name: value for name, value in changed.items() if name not in own}
    agreement = Agreement(number=f"A{next_number()}", customer_id=asset.customer_id, state=state, **{**values, **own})
    agreement.lines.append(CoverageLine(**line))
    session.add(agreement)
    session.flush()
    return agreement
