"""Exchange, return and refund in the manual's words: a machine of 4,000 yuan sold on 1 March 2026 (C4, C5)."""

import datetime as dt
from typing import Any

from policies.returns import (
    CarriagePayer,
    Remedy,
    RepairPeriod,
    ReturnFacts,
    ReturnGround,
    ReturnRefusal,
    ReturnTerms,
)
from tests.policies.cases.table import Case

TERMS = ReturnTerms(
    repairs=2, repair_days=60, quality_days=7, handling_fee_basis_points=1_000, depreciation_basis_points_per_day=5
)
SOLD = dt.date(2026, 3, 1)
HOUSE, CUSTOMER = CarriagePayer


def wish(remedy: Remedy, on: dt.date, **more: Any) -> ReturnFacts:  # noqa: ANN401
    known: dict[str, Any] = {"sold_on": SOLD, "warranty_until_on": dt.date(2027, 3, 1), "price_cents": 400_000}
    return ReturnFacts(on=on, remedy=remedy, terms=TERMS, **(known | more))


def repaired(days: int, *, from_on: dt.date = dt.date(2026, 5, 1)) -> RepairPeriod:
    return RepairPeriod(from_on, from_on + dt.timedelta(days=days))


EXCHANGE, REFUND = Remedy
JUNE = dt.date(2026, 6, 9)
"""A hundred days after the sale."""

CASES = (
    Case(
        "售出7天内有质量问题：无条件退货，全额退款，运费我们付",
        "A fault within 7 days of the sale: taken back, the whole price, we pay the carriage",
        wish(REFUND, dt.date(2026, 3, 8)),
        (ReturnGround.QUALITY, 400_000, 0, HOUSE),
    ),
    Case(
        "售出7天内因个人原因退货：收一成手续费，运费客户付",
        "For personal reasons within 7 days: a tenth as handling fee, the customer pays the carriage",
        wish(REFUND, dt.date(2026, 3, 8), is_personal=True),
        (ReturnGround.PERSONAL, 360_000, 0, CUSTOMER),
    ),
    Case(
        "第8天因个人原因退货：不再受理",
        "For personal reasons on the eighth day: too late",
        wish(REFUND, dt.date(2026, 3, 9), is_personal=True),
        (ReturnRefusal.TOO_LATE, 0, 0, HOUSE),
    ),
    Case(
        "修过两次没有修好：换同型号，不收差价",
        "Two repairs did not cure it: the same model, free",
        wish(EXCHANGE, JUNE, failed_repairs=2),
        (ReturnGround.FAILED_REPAIRS, 0, 0, HOUSE),
    ),
    Case(
        "修过一次没有修好：还不能换",
        "One repair did not cure it: not yet",
        wish(EXCHANGE, JUNE, failed_repairs=1),
        (ReturnRefusal.NOT_YET, 0, 0, HOUSE),
    ),
    Case(
        "修了61天还没有修好：换机",
        "Still not repaired after 61 days: exchanged",
        wish(EXCHANGE, dt.date(2026, 7, 1), repairs=(RepairPeriod(dt.date(2026, 5, 1)),)),
        (ReturnGround.REPAIR_TOO_LONG, 0, 0, HOUSE),
    ),
    Case(
        "第60天修好：在期限内",
        "Repaired on the 60th day: in time",
        wish(EXCHANGE, dt.date(2026, 7, 1), repairs=(repaired(60),)),
        (ReturnRefusal.NOT_YET, 0, 0, HOUSE),
    ),
    Case(
        "无法修复：没有同型号，换贵1000元的型号，客户补差价",
        "Beyond repair, no same model: one that costs 1,000 more, the customer adds the difference",
        wish(EXCHANGE, JUNE, is_beyond_repair=True, replacement_cents=500_000),
        (ReturnGround.BEYOND_REPAIR, 0, 100_000, HOUSE),
    ),
    Case(
        "换便宜500元的型号：退差价",
        "One that costs 500 less: the difference is paid back",
        wish(EXCHANGE, JUNE, is_beyond_repair=True, replacement_cents=350_000),
        (ReturnGround.BEYOND_REPAIR, 0, -50_000, HOUSE),
    ),
    Case(
        "用了100天退款：每天折旧万分之五，共5%",
        "Refunded after 100 days: five hundredths of a percent a day, 5 %",
        wish(REFUND, JUNE, failed_repairs=2),
        (ReturnGround.FAILED_REPAIRS, 380_000, 0, HOUSE),
    ),
    Case(
        "其中20天在维修：只算80天",
        "20 of them under repair: 80 days count",
        wish(REFUND, JUNE, failed_repairs=2, repairs=(repaired(10), repaired(20))),
        (ReturnGround.FAILED_REPAIRS, 384_000, 0, HOUSE),
    ),
    Case(
        "保修期外：不换不退",
        "After the warranty: neither",
        wish(REFUND, dt.date(2027, 3, 1), failed_repairs=5),
        (ReturnRefusal.NOT_IN_WARRANTY, 0, 0, HOUSE),
    ),
    Case(
        "不知道什么时候买的",
        "Nobody knows when it was bought",
        wish(REFUND, JUNE, sold_on=None),
        (ReturnRefusal.UNKNOWN_SALE, 0, 0, HOUSE),
    ),
)
