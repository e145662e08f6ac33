"""Agreements that clash, and the instalments of their price, in the manual's words (C6, M2)."""

import datetime as dt

from policies.agreements import AgreementKind, LinePeriod
from tests.policies.cases.table import Case

SERVICE, PACKAGE, PROJECT = AgreementKind
YEAR = (dt.date(2026, 1, 1), dt.date(2027, 1, 1))
NEXT = (dt.date(2027, 1, 1), dt.date(2028, 1, 1))


def line(
    agreement: str,
    scope: str = "asset:17",
    kind: AgreementKind = SERVICE,
    period: tuple[dt.date, dt.date] = YEAR,
) -> LinePeriod:
    return LinePeriod(agreement, kind, scope, *period)


CLASHES = (
    Case("只有一份协议", "The only agreement", ((line("A"),), ()), 0),
    Case(
        "同一台机器、同一时间的两份服务协议：拒绝第二份",
        "Two service agreements for one machine in one year: the second is refused",
        ((line("B"),), (line("A"),)),
        1,
    ),
    Case(
        "第二份从第一份到期的次日开始：可以",
        "The second begins the day after the first one's last: approved",
        ((line("B", period=NEXT),), (line("A"),)),
        0,
    ),
    Case(
        "重叠一天：拒绝",
        "They overlap by a day: refused",
        ((line("B", period=(dt.date(2026, 12, 31), dt.date(2027, 12, 31))),), (line("A"),)),
        1,
    ),
    Case(
        "服务协议之外再买套餐：可以，由人选用哪一份",
        "A package besides the service agreement: approved, a person chooses which pays",
        ((line("B", kind=PACKAGE),), (line("A"),)),
        0,
    ),
    Case(
        "一份保机器，一份保整个地点：可以，机器的优先",
        "One for the machine, one for the site: approved, the machine's comes first",
        ((line("B", "site:3"),), (line("A"),)),
        0,
    ),
    Case(
        "同一份协议里同一台机器写了两行：拒绝",
        "The same machine twice in one agreement: refused",
        ((line("A"), line("A")), ()),
        1,
    ),
    Case(
        "项目协议与服务协议并存：可以",
        "A project's agreement besides a service agreement: approved",
        ((line("B", kind=PROJECT),), (line("A"),)),
        0,
    ),
)
"""Given the new agreement's lines and those in force; expected number of clashes."""

INSTALMENTS = (
    Case("一次付清", "Paid at once", (1_200_000, dt.date(2026, 1, 15), 1, 12), (("2026-01-15", 1_200_000),)),
    Case(
        "1万元分三期：除不尽的1分在前",
        "10,000 in three: the cent that is left over comes first",
        (1_000_000, dt.date(2026, 1, 15), 3, 1),
        (("2026-01-15", 333_334), ("2026-02-15", 333_333), ("2026-03-15", 333_333)),
    ),
    Case(
        "每季一期，从1月31日起：没有31日的月份在月底",
        "Every quarter from 31 January: where a month is too short, its last day",
        (400_000, dt.date(2026, 1, 31), 4, 3),
        (("2026-01-31", 100_000), ("2026-04-30", 100_000), ("2026-07-31", 100_000), ("2026-10-31", 100_000)),
    ),
    Case(
        "从闰日起每年一期：平年在2月28日",
        "Every year from a leap day: 28 February in other years",
        (200_000, dt.date(2028, 2, 29), 2, 12),
        (("2028-02-29", 100_000), ("2029-02-28", 100_000)),
    ),
    Case(
        "总价不够每期1分：后几期为零",
        "Less than a cent each: the later ones are nothing",
        (2, dt.date(2026, 1, 1), 3, 1),
        (("2026-01-01", 1), ("2026-02-01", 1), ("2026-03-01", 0)),
    ),
)
"""Given price, first day, number and months between; expected days and cents."""
