"""What the warranty says of one machine (H9, C2): the rows' dates put before the policy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from models import Asset
from policies.figures import Figures
from policies.warranty import Coverage, Papers, decide_coverage


@dataclass(frozen=True, slots=True)
class AssetCoverage:
    """The decision for the whole unit and for its accessories and wear parts."""

    unit: Coverage
    accessories: Coverage


def find_coverage(asset: Asset, *, figures: Figures, now: dt.datetime) -> AssetCoverage:
    """Decide what is covered today, by the calendar of the place where the machine stands.

    An invoice we know of is the proof of purchase, and its date counts where no other is known.
    """
    papers = Papers(purchased_on=asset.purchased_on or asset.invoiced_on, has_proof=asset.invoiced_on is not None)
    today = now.astimezone(ZoneInfo(asset.site.time_zone)).date()
    return AssetCoverage(
        decide_coverage(papers, months=figures.warranty_unit_months, on=today),
        decide_coverage(papers, months=figures.warranty_accessory_months, on=today),
    )
