"""Until when a warranty runs: a year for the whole machine, half a year for accessories, projects as agreed (C2)."""

import datetime as dt

from policies.warranty import CoverageReason, Papers, WarrantyStart
from tests.policies.cases.table import Case

BOUGHT, DELIVERED, ACCEPTED = dt.date(2026, 3, 3), dt.date(2026, 3, 20), dt.date(2026, 5, 31)
LATEST, PURCHASE = WarrantyStart.LATEST, WarrantyStart.PURCHASE
ASKED = dt.date(2026, 11, 22)
IN, NO_PROOF, ENDED, UNKNOWN = (
    CoverageReason.IN_WARRANTY,
    CoverageReason.NO_PROOF,
    CoverageReason.ENDED,
    CoverageReason.UNKNOWN_PURCHASE,
)
SEEN = Papers(BOUGHT, has_proof=True)

CASES = (
    Case(
        "整机一年，有发票", "A machine, a year, with its invoice", (SEEN, 12, ASKED, LATEST), (IN, dt.date(2027, 3, 2))
    ),
    Case("最后一天", "On its last day", (SEEN, 12, dt.date(2027, 3, 2), LATEST), (IN, dt.date(2027, 3, 2))),
    Case("过了一天", "A day later", (SEEN, 12, dt.date(2027, 3, 3), LATEST), (ENDED, dt.date(2027, 3, 2))),
    Case("配件半年，已过", "An accessory, half a year, over", (SEEN, 6, ASKED, LATEST), (ENDED, dt.date(2026, 9, 2))),
    Case(
        "没有发票或保修卡",
        "Neither invoice nor warranty card",
        (Papers(BOUGHT), 12, ASKED, LATEST),
        (NO_PROOF, dt.date(2027, 3, 2)),
    ),
    Case(
        "没有凭证，也早就过保",
        "No proof, and long over anyway",
        (Papers(dt.date(2020, 1, 1)), 12, ASKED, LATEST),
        (ENDED, dt.date(2020, 12, 31)),
    ),
    Case(
        "不知道何时买的",
        "Nobody knows when it was bought",
        (Papers(has_proof=True), 12, ASKED, LATEST),
        (UNKNOWN, None),
    ),
    Case(
        "送货晚于购买：从送货日起",
        "Delivered after the purchase: from the delivery on",
        (Papers(BOUGHT, DELIVERED, has_proof=True), 12, ASKED, LATEST),
        (IN, dt.date(2027, 3, 19)),
    ),
    Case(
        "项目三年，从最终验收日起",
        "A project, three years, from its final acceptance on",
        (Papers(BOUGHT, DELIVERED, ACCEPTED, has_proof=True), 36, ASKED, LATEST),
        (IN, dt.date(2029, 5, 30)),
    ),
    Case(
        "合同写明从购买日起",
        "By contract from the purchase on",
        (Papers(BOUGHT, DELIVERED, ACCEPTED, has_proof=True), 12, ASKED, PURCHASE),
        (IN, dt.date(2027, 3, 2)),
    ),
    Case(
        "8月31日购买，半年：2月没有31日",
        "Bought on 31 August, half a year: February has no 31st",
        (Papers(dt.date(2026, 8, 31), has_proof=True), 6, ASKED, LATEST),
        (IN, dt.date(2027, 2, 28)),
    ),
    Case(
        "闰日购买，一年",
        "Bought on a leap day, a year",
        (Papers(dt.date(2028, 2, 29), has_proof=True), 12, dt.date(2028, 6, 1), LATEST),
        (IN, dt.date(2029, 2, 28)),
    ),
)
"""Given the papers, the months, the day asked about and what the term begins with; expected the reason and last day."""
