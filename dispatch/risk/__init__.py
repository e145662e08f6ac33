"""How likely a plan is to keep what was promised, and what saves a visit cheapest (D13)."""

from dispatch.risk.rescue import Rescue, RescueKind, cheapest_rescue
from dispatch.risk.simulate import PlanRisk, VisitRisk, assess
from dispatch.risk.spreads import USUAL_DURATION, USUAL_TRAVEL, Spread, SpreadError, Spreads

__all__ = [
    "USUAL_DURATION",
    "USUAL_TRAVEL",
    "PlanRisk",
    "Rescue",
    "RescueKind",
    "Spread",
    "SpreadError",
    "Spreads",
    "VisitRisk",
    "assess",
    "cheapest_rescue",
]
