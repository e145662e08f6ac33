"""How high a complaint stands, and when a compensation must be explained, in the manual's words (F1, F5)."""

from policies.complaints import ComplaintRung
from tests.policies.cases.table import Case

OWNER, MANAGER, DIRECTOR = ComplaintRung

LADDER = (
    Case("刚收到投诉", "It has just come in", 0, OWNER),
    Case("23小时还没有答复：仍由受理人处理", "Unanswered after 23 hours: still its owner's", 23, OWNER),
    Case("正好24小时：在期限内", "Exactly 24 hours: in time", 24, OWNER),
    Case(
        "24小时零6分钟没有答复：升级到服务经理",
        "Unanswered after 24 hours and 6 minutes: before the manager",
        24.1,
        MANAGER,
    ),
    Case("47小时仍没有答复：仍在经理处", "After 47 hours: still before the manager", 47, MANAGER),
    Case("48小时：再升一级，到总经理", "After 48 hours: one rung more, the director", 48, DIRECTOR),
    Case("一周：总经理是最高一级", "After a week: there is nobody above the director", 168, DIRECTOR),
)
"""Given hours since the complaint with a clock of 24; expected rung."""

COMPENSATIONS = (
    Case("没有先例", "No like case", (50_000, ()), False),
    Case("只有两个先例，还不成惯例", "Two like cases are no habit yet", (50_000, (10_000, 10_000)), False),
    Case(
        "三个先例都赔100元，这次也赔100元", "Three were given 100 yuan, and so is this", (10_000, (10_000,) * 3), False
    ),
    Case("比惯例多两成：可以", "A fifth more than usual: alike", (12_000, (10_000,) * 3), False),
    Case("多于两成：必须说明理由", "More than a fifth above: a reason is needed", (12_001, (10_000,) * 3), True),
    Case("少于惯例两成以上：也要说明", "More than a fifth below: too", (7_999, (10_000,) * 3), True),
    Case(
        "惯例是中间值，一个特高的先例不算数",
        "The middle counts, one very high case does not",
        (10_000, (9_000, 10_000, 900_000)),
        False,
    ),
    Case(
        "从来不赔，这次要赔：必须说明",
        "Others were given nothing, this one is: a reason is needed",
        (1, (0, 0, 0)),
        True,
    ),
)
"""Given the compensation and like cases' in cents; expected whether a reason is needed."""
