"""Who pays for a repair, in the manual's words: labour, travel, main parts, accessories and wear parts (C2, C3, C6)."""

import datetime as dt
from typing import Any

from policies.entitlement import ChargeableCause, CoverLine, CoverReason, EntitlementFacts, LineScope, Term
from policies.warranty import Papers, WarrantyStart
from tests.policies.cases.table import Case

ON = dt.date(2026, 11, 22)
UNIT_AND_ACCESSORIES = Term(12, 6)
YEAR = (dt.date(2026, 1, 1), dt.date(2027, 1, 1))

W, A = CoverReason.IN_WARRANTY, CoverReason.IN_AGREEMENT
C, ENDED, NO_PROOF = CoverReason.CHARGEABLE_CAUSE, CoverReason.WARRANTY_ENDED, CoverReason.NO_PROOF
USED_UP, UNKNOWN, CHOICE = CoverReason.ALLOWANCE_USED_UP, CoverReason.UNKNOWN_PURCHASE, CoverReason.CHOICE_NEEDED


def bought(on: dt.date | None, *, proof: bool = True, **more: Any) -> Papers:  # noqa: ANN401
    return Papers(purchased_on=on, has_proof=proof, **more)


def line(line_id: int = 1, scope: LineScope = LineScope.ASSET, **more: Any) -> CoverLine:  # noqa: ANN401
    values = {"labour_percent": 100, "travel_percent": 100, "main_part_percent": 100, "wear_part_percent": 0} | more
    period = (values.pop("from_on", YEAR[0]), values.pop("until_on", YEAR[1]))
    return CoverLine(line_id, f"A{line_id}", scope, *period, **values)


def facts(papers: Papers, *lines: CoverLine, term: Term = UNIT_AND_ACCESSORIES, **more: Any) -> EntitlementFacts:  # noqa: ANN401
    return EntitlementFacts(on=more.pop("on", ON), papers=papers, term=term, lines=lines, **more)


YOUNG, MIDDLE, OLD = dt.date(2026, 9, 1), dt.date(2026, 3, 3), dt.date(2020, 3, 3)

CASES = (
    Case(
        "购买不到半年，有发票",
        "Bought less than half a year ago, with an invoice",
        facts(bought(YOUNG)),
        ((100, W), (100, W), (100, W), (100, W)),
    ),
    Case(
        "购买八个月：整机在保，辅件和损耗件过了六个月",
        "Bought eight months ago: the unit is covered, accessories and wear parts were for six months",
        facts(bought(MIDDLE)),
        ((100, W), (100, W), (100, W), (0, ENDED)),
    ),
    Case(
        "整机保修的最后一天",
        "The last day of the unit's warranty",
        facts(bought(dt.date(2025, 11, 23))),
        ((100, W), (100, W), (100, W), (0, ENDED)),
    ),
    Case(
        "保修到期后第一天：终身付费维修",
        "The first day after the warranty: repaired for a charge, for life",
        facts(bought(dt.date(2025, 11, 22))),
        ((0, ENDED), (0, ENDED), (0, ENDED), (0, ENDED)),
    ),
    Case(
        "在保修期内，但没有购买凭证和保修卡",
        "Inside the term, but with neither proof of purchase nor warranty card",
        facts(bought(MIDDLE, proof=False)),
        ((0, NO_PROOF), (0, NO_PROOF), (0, NO_PROOF), (0, ENDED)),
    ),
    Case(
        "不知道购买日期",
        "Nobody knows when it was bought",
        facts(bought(None)),
        ((0, UNKNOWN), (0, UNKNOWN), (0, UNKNOWN), (0, UNKNOWN)),
    ),
    Case(
        "工程项目：合同约定从最终验收起保修三年，辅件一年",
        "A project: three years by contract from final acceptance, accessories one year",
        facts(
            bought(dt.date(2023, 12, 1), accepted_on=dt.date(2024, 6, 1)),
            term=Term(36, 12, WarrantyStart.ACCEPTANCE),
        ),
        ((100, W), (100, W), (100, W), (0, ENDED)),
    ),
    Case(
        "合同约定从交货起，交货日期没有登记",
        "By contract from delivery, and the day of delivery was never written down",
        facts(bought(YOUNG), term=Term(12, 6, WarrantyStart.DELIVERY)),
        ((0, UNKNOWN), (0, UNKNOWN), (0, UNKNOWN), (0, UNKNOWN)),
    ),
    *(
        Case(zh, en, facts(bought(YOUNG), causes=frozenset({cause})), ((0, C), (0, C), (0, C), (0, C)))
        for cause, zh, en in (
            (ChargeableCause.MISUSE, "保修期内，使用不当", "Under warranty, misuse"),
            (ChargeableCause.WRONG_CARE, "保修期内，保养或存放不当", "Under warranty, wrong care or storage"),
            (ChargeableCause.OWN_REPAIR, "保修期内，自行修理过", "Under warranty, repaired by its owner"),
            (ChargeableCause.ILLEGAL_USE, "保修期内，违法使用", "Under warranty, illegal use"),
            (
                ChargeableCause.FOREIGN_PARTS,
                "保修期内，拆装或用了非原厂配件",
                "Under warranty, taken apart or fitted with foreign parts",
            ),
            (
                ChargeableCause.SERIAL_ALTERED,
                "型号或序列号涂改、与保修卡不符",
                "Model or serial altered, or not that of the warranty card",
            ),
            (ChargeableCause.FORCE_MAJEURE, "保修期内，不可抗力", "Under warranty, force majeure"),
            (ChargeableCause.CLEARANCE, "特价处理品", "Sold as discounted clearance"),
        )
    ),
    Case(
        "过保，机器有服务协议：免人工、上门和零件",
        "Out of warranty, the machine has an agreement: labour, travel and parts are free",
        facts(bought(OLD), line()),
        ((100, A), (100, A), (100, A), (0, ENDED)),
    ),
    Case(
        "在保修期内也有服务协议：先用保修，不占协议次数",
        "Under warranty and with an agreement: the warranty comes first and uses up no visit",
        facts(bought(YOUNG), line(visits_left=2, visits_allowed=2)),
        ((100, W), (100, W), (100, W), (100, W)),
    ),
    Case(
        "在保修期内，协议另外承担损耗件的一半",
        "Under warranty, and the agreement adds half of the wear parts",
        facts(bought(MIDDLE), line(wear_part_percent=50)),
        ((100, W), (100, W), (100, W), (50, A)),
    ),
    Case(
        "协议的上门次数已经用完",
        "The agreement's visits are used up",
        facts(bought(OLD), line(visits_left=0, visits_allowed=4)),
        ((0, USED_UP), (0, USED_UP), (0, USED_UP), (0, ENDED)),
    ),
    Case(
        "套餐打折：人工五折，零件八折",
        "A package: half of the labour and a fifth of the parts are waived",
        facts(bought(OLD), line(labour_percent=50, travel_percent=0, main_part_percent=20)),
        ((50, A), (0, ENDED), (20, A), (0, ENDED)),
    ),
    Case(
        "机器的协议优先于地点的协议",
        "The machine's own line comes before the site's",
        facts(bought(OLD), line(1, LineScope.SITE, labour_percent=10), line(2, travel_percent=0)),
        ((100, A), (0, ENDED), (100, A), (0, ENDED)),
    ),
    Case(
        "两份协议同样适用：由人确认，系统不代选",
        "Two agreements apply alike: a person chooses, nothing is picked silently",
        facts(bought(OLD), line(1), line(2)),
        ((0, CHOICE), (0, CHOICE), (0, CHOICE), (0, CHOICE)),
    ),
    Case(
        "两份协议同样适用，已由人选了第二份",
        "Two agreements apply alike, and a person chose the second",
        facts(bought(OLD), line(1), line(2, labour_percent=60), chosen_line_id=2),
        ((60, A), (100, A), (100, A), (0, ENDED)),
    ),
    Case(
        "协议昨天到期",
        "The agreement ended yesterday",
        facts(bought(OLD), line(until_on=ON)),
        ((0, ENDED), (0, ENDED), (0, ENDED), (0, ENDED)),
    ),
    Case(
        "使用不当，协议写明承担人为损坏",
        "Misuse, and the agreement covers misuse by name",
        facts(bought(YOUNG), line(covers_misuse=True), causes=frozenset({ChargeableCause.MISUSE})),
        ((100, A), (100, A), (100, A), (0, C)),
    ),
    Case(
        "特价处理品，另购了服务协议",
        "A clearance sale with an agreement bought besides",
        facts(bought(YOUNG), line(), causes=frozenset({ChargeableCause.CLEARANCE})),
        ((100, A), (100, A), (100, A), (0, C)),
    ),
    Case(
        "2月29日购买：次年3月1日起不再保修",
        "Bought on 29 February: covered until 28 February, charged from 1 March",
        facts(bought(dt.date(2024, 2, 29)), on=dt.date(2025, 2, 28)),
        ((100, W), (100, W), (100, W), (0, ENDED)),
    ),
)
