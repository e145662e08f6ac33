"""Whose a complaint was, in the manual's words (F1)."""

from policies.complaints import ComplaintCategory, Responsibility
from policies.responsibility import ComplaintRecord, ResponsibilityGround
from tests.policies.cases.table import Case

LATE, RUDE, RESULT, CHARGES, OTHER = ComplaintCategory
TECHNICIAN, OFFICE, PARTNER, PRODUCT, CUSTOMER, NOBODY = Responsibility
VISITED = ComplaintRecord(was_visited=True)

FINDINGS = (
    Case(
        "技师到得比约定的时间段晚",
        "The technician came after the window promised",
        (LATE, ComplaintRecord(was_visited=True, is_window_missed=True)),
        (TECHNICIAN, ResponsibilityGround.LATE_ARRIVAL),
    ),
    Case(
        "24小时内没有安排上门",
        "Nobody was sent within 24 hours",
        (LATE, ComplaintRecord(is_clock_broken=True)),
        (OFFICE, ResponsibilityGround.NOBODY_SENT),
    ),
    Case(
        "超过24小时，技师也迟到：技师的迟到在前",
        "More than 24 hours, and he came late too: his lateness comes first",
        (LATE, ComplaintRecord(was_visited=True, is_window_missed=True, is_clock_broken=True)),
        (TECHNICIAN, ResponsibilityGround.LATE_ARRIVAL),
    ),
    Case(
        "在约定时间内到场，客户仍嫌慢",
        "He came in the window promised, and the customer still found it slow",
        (LATE, VISITED),
        (NOBODY, ResponsibilityGround.IN_TIME),
    ),
    Case("还没到期，也没人去过：听取双方", "Not due yet, nobody has been there", (LATE, ComplaintRecord()), None),
    Case(
        "上门人员的态度：上门的技师",
        "How somebody behaved, a technician having been there",
        (RUDE, VISITED),
        (TECHNICIAN, ResponsibilityGround.MET_ON_SITE),
    ),
    Case("没有上门，电话里的态度：听取双方", "How somebody spoke on the telephone", (RUDE, ComplaintRecord()), None),
    Case(
        "没修好，原因是使用不当",
        "Not working, through misuse",
        (RESULT, ComplaintRecord(was_visited=True, is_chargeable=True, is_defect=True)),
        (CUSTOMER, ResponsibilityGround.CHARGEABLE_CAUSE),
    ),
    Case(
        "没修好，该型号有已知的系统性缺陷",
        "Not working, a fault the model is known for",
        (RESULT, ComplaintRecord(was_visited=True, is_defect=True, is_repeat=True)),
        (PRODUCT, ResponsibilityGround.KNOWN_DEFECT),
    ),
    Case(
        "同一故障修过又坏",
        "The same fault had been repaired before",
        (RESULT, ComplaintRecord(was_visited=True, is_repeat=True)),
        (TECHNICIAN, ResponsibilityGround.FAILED_REPAIR),
    ),
    Case("修好了，客户仍不满意：听取双方", "It works, and the customer is not content", (RESULT, VISITED), None),
    Case(
        "收费与事先同意的不一样",
        "Charged otherwise than agreed",
        (CHARGES, ComplaintRecord(was_visited=True, is_priced=True, is_total_other=True)),
        (OFFICE, ResponsibilityGround.OTHER_TOTAL),
    ),
    Case(
        "使用不当照价收费",
        "Charged as agreed, because of misuse",
        (CHARGES, ComplaintRecord(was_visited=True, is_priced=True, is_chargeable=True)),
        (CUSTOMER, ResponsibilityGround.CHARGEABLE_CAUSE),
    ),
    Case(
        "收费与同意的一致",
        "Charged as agreed",
        (CHARGES, ComplaintRecord(was_visited=True, is_priced=True)),
        (NOBODY, ResponsibilityGround.AS_AGREED),
    ),
    Case(
        "服务网点接了单：网点",
        "A service point had taken the request",
        (LATE, ComplaintRecord(is_partners=True, is_clock_broken=True)),
        (PARTNER, ResponsibilityGround.PARTNERS_WORK),
    ),
    Case("其他事由：听取双方", "Anything else", (OTHER, ComplaintRecord(is_partners=True)), None),
)
"""Given what is complained of and what is on record; expected whose it was and what shows it, None for a hearing."""
