"""When reports of one fault are more than chance, in the manual's words (C8)."""

from tests.policies.cases.table import Case

CLUSTERS = (
    Case("30天内4起：还太少", "Four in 30 days: too few", (4, 30, 0, 335), False),
    Case("30天内5起，以前从来没有", "Five in 30 days, none before", (5, 30, 0, 335), True),
    Case(
        "30天内5起，以前335天里18起：是平时的三倍",
        "Five, and 18 in the 335 days before: three times the usual",
        (5, 30, 18, 335),
        True,
    ),
    Case("30天内5起，以前335天里19起：不到三倍", "Five, and 19 before: less than three times", (5, 30, 19, 335), False),
    Case(
        "常见故障，30天30起，以前112起：不到三倍",
        "A common fault, 30 and 112 before: less than three times",
        (30, 30, 112, 335),
        False,
    ),
    Case(
        "常见故障，30天30起，以前111起：三倍",
        "A common fault, 30 and 111 before: three times",
        (30, 30, 111, 335),
        True,
    ),
)
"""Given recent reports and days, earlier reports and days; expected whether a case is raised."""
