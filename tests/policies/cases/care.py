"""When active service falls due, in the manual's words (F3)."""

import datetime as dt

from policies.care import CareRhythm, Rhythm
from tests.policies.cases.table import Case

YEAR = (dt.date(2028, 1, 1), dt.date(2029, 1, 1))

DATES = (
    Case(
        "季度保养，2028年1月15日购买：一年三次，第四次在次年",
        "Quarterly maintenance of a machine bought on 15 January 2028: three in the year, the fourth in the next",
        (CareRhythm(Rhythm.QUARTERLY), dt.date(2028, 1, 15), *YEAR),
        ("2028-04-15", "2028-07-15", "2028-10-15"),
    ),
    Case(
        "季度保养，11月30日起：2月落在最后一天，此后仍是30日",
        "Quarterly from 30 November: February has it on its last day, and the next is on the 30th again",
        (CareRhythm(Rhythm.QUARTERLY), dt.date(2027, 11, 30), *YEAR),
        ("2028-02-29", "2028-05-30", "2028-08-30", "2028-11-30"),
    ),
    Case(
        "年度保养，闰日购买：平年在2月28日",
        "Yearly care of a machine bought on a leap day: 28 February in other years",
        (CareRhythm(Rhythm.YEARLY), dt.date(2024, 2, 29), dt.date(2025, 1, 1), dt.date(2029, 1, 1)),
        ("2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"),
    ),
    Case(
        "夏季巡检：每年5月20日",
        "Summer inspection: on 20 May of each year",
        (CareRhythm(Rhythm.SEASON, 5, 20), dt.date(2020, 1, 1), *YEAR),
        ("2028-05-20",),
    ),
    Case(
        "冬季巡检：11月10日，机器11月11日才购买，从明年起",
        "Winter inspection on 10 November, the machine bought on the 11th: from next year on",
        (CareRhythm(Rhythm.SEASON, 11, 10), dt.date(2028, 11, 11), dt.date(2028, 1, 1), dt.date(2030, 1, 1)),
        ("2029-11-10",),
    ),
    Case(
        "新客户回访：购买后第7天，只一次",
        "A welcome call: seven days after the purchase, once",
        (CareRhythm(Rhythm.ONCE, after_days=7), dt.date(2028, 2, 25), *YEAR),
        ("2028-03-03",),
    ),
    Case(
        "每月联系，1月31日起：每月都有，月底为准",
        "A contact each month from 31 January: in every month, on its last day where it is shorter",
        (CareRhythm(Rhythm.MONTHLY), dt.date(2028, 1, 31), dt.date(2028, 1, 1), dt.date(2028, 6, 1)),
        ("2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"),
    ),
    Case(
        "购买以前没有日期",
        "Nothing falls due before the purchase",
        (CareRhythm(Rhythm.MONTHLY), dt.date(2030, 1, 1), *YEAR),
        (),
    ),
)
"""Given rhythm, anchor and stretch; expected days."""
