"""How grave a risk is: likelihood times harm, each from 1 to 5 (F5)."""

from policies.service_risks import RiskKind, RiskLevel
from tests.policies.cases.table import Case

RISK, CRISIS, FINDING = RiskKind

CASES = (
    Case("几乎不会发生，损害很小", "Hardly ever, and little harm", (RISK, 1, 1), RiskLevel.LOW),
    Case("少见，损害小", "Rare, and some harm", (RISK, 2, 2), RiskLevel.LOW),
    Case("偶尔，损害小", "Now and then, and some harm", (RISK, 3, 2), RiskLevel.MEDIUM),
    Case("几乎不会发生，损害极大", "Hardly ever, but the worst", (RISK, 1, 5), RiskLevel.MEDIUM),
    Case("经常，损害中等", "Often, and harm that is felt", (RISK, 4, 3), RiskLevel.HIGH),
    Case("极可能，损害极大", "As good as certain, and the worst", (RISK, 5, 5), RiskLevel.HIGH),
    Case("审核发现，偶尔，损害中等", "Found by an audit, now and then, felt", (FINDING, 3, 3), RiskLevel.MEDIUM),
    Case("危机：已经发生，损害中等", "A crisis: it has happened, and is felt", (CRISIS, 1, 3), RiskLevel.HIGH),
    Case("危机：已经发生，损害小", "A crisis with some harm", (CRISIS, 1, 2), RiskLevel.MEDIUM),
)
"""Given the kind, likelihood and harm; expected the level."""
