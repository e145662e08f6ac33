"""What is done when: care, parts, parcels, loans, complaints, satisfaction, recalls, customers' files."""

from policies.languages import Language
from policies.responsibility import BY_HEARING
from tests.docs.policy_pages.page import NOTHING, PolicyPage, both, choice, columns, listed, word, word_of
from tests.policies.cases import (
    awards,
    care,
    certificates,
    complaints,
    defects,
    exception_reports,
    loans,
    merges,
    parcels,
    priorities,
    recalls,
    responsibility,
    risks,
    satisfaction,
    stock,
)
from tests.policies.cases.table import Case

CARE = PolicyPage(
    "care",
    both("主动服务的日期", "When active service falls due"),
    both(
        "同样的设定总是得出同样的日期，不漏、不重。2028年是闰年。",
        "The same settings give the same dates whenever they are asked: none is missing, none comes twice. 2028 is a"
        " leap year.",
    ),
    care.DATES,
    columns(both("日期", "dates")),
    lambda case, _: [listed(case.expected)],
)


def _stock_cells(case: Case, language: Language) -> list[str]:
    kind, source, target = case.given
    way = f"{word(f'place_kind.{source}', language)} → {word(f'place_kind.{target}', language)}"
    said = choice(both("可以", "allowed"), both("拒绝", "refused"))(case, language)
    return [word(f"move_kind.{kind}", language), way, *said]


STOCK = PolicyPage(
    "stock",
    both("配件怎样移动", "Which ways parts may go"),
    both(
        "没有单据，货不动；仓库和车上的数量不会少于零；写错的用冲销更正。",
        "Nothing moves without a line, no warehouse and no van ever holds less than nothing, and what was wrong is"
        " undone by its opposite.",
    ),
    stock.MOVES,
    columns(both("单据", "line"), both("从 → 到", "from → to"), both("结果", "outcome")),
    _stock_cells,
)
ORDERS = PolicyPage(
    "orders",
    both("什么时候补货、补多少", "When parts are ordered, and how many"),
    both("再订货点5件，补到20件（最后一行补到3件）。", "Ordered at 5, filled up to 20 (to 3 in the last line)."),
    stock.ORDERS,
    columns(both("现有", "held"), both("在途", "on their way"), both("订购", "ordered now")),
    lambda case, _: [str(case.given[0]), str(case.given[1]), str(case.expected)],
)
PARCELS = PolicyPage(
    "parcels",
    both("包裹：下一步做什么", "Parcels: what we do next"),
    both(
        "先查找，再补寄；里面是客户自己的机器、无法补寄的，赔偿客户。晚3天请快递查找，晚7天按丢失处理。",
        "A parcel is searched for, then replaced; what cannot be, the customer's own machine, is compensated. It is"
        " searched for from three days late on, and counts as lost from seven.",
    ),
    parcels.STEPS,
    columns(
        both("寄给客户", "ours, to the customer"),
        both("把客户的机器寄还", "their own, back to them"),
        both("客户寄回", "from the customer"),
    ),
    lambda case, language: [word(f"next_step.{step}", language) for step in case.expected],
)


def _certificate_cells(case: Case, language: Language) -> list[str]:
    last_days, until_at = case.given
    said = choice(both("可以派", "sent"), both("不派", "not sent"))(case, language)
    return [listed([day.isoformat() for day in last_days]), f"{until_at:%Y-%m-%d %H:%M}", *said]


CERTIFICATES = PolicyPage(
    "certificates",
    both("证书到期", "While a certificate counts"),
    both(
        "证书在最后一天仍然有效，按当地日历；要有效到班次结束才派。几张证书以最晚的为准。",
        "A certificate counts through its last day, by the calendar of the place, and has to last to the end of the"
        " shift. Of several the latest decides.",
    ),
    certificates.CASES,
    columns(both("证书最后一天", "last days"), both("班次结束", "shift ends"), both("结果", "outcome")),
    _certificate_cells,
)
LOANS = PolicyPage(
    "loans",
    both("备用机", "Machines lent meanwhile"),
    both("备用机应于2026年3月10日归还。", "The machine is due back on 10 March 2026."),
    loans.LOANS,
    columns(both("状态", "state")),
    word_of("loan_state"),
)


def _responsibility_cells(case: Case, language: Language) -> list[str]:
    category = word(f"complaint_category.{case.given[0]}", language)
    whose, ground = case.expected or (None, BY_HEARING.ground)
    shown = word(f"responsibility_ground.{ground}", language)
    return [category, word(f"responsibility.{whose}", language) if whose else NOTHING, shown]


RESPONSIBILITY = PolicyPage(
    "responsibility",
    both("投诉的责任归属", "Whose a complaint was"),
    both(
        "结案前按记录认定责任，同样的情形同样判断。结案人可以另行认定，但要写明理由；记录看不出的，听取双方后由人认定。",
        "Before a complaint is closed the records show whose it was, so that like cases are judged alike. Whoever"
        " closes it may find otherwise and says why; what no record shows is found by hearing both sides.",
    ),
    responsibility.FINDINGS,
    columns(both("投诉事由", "complaint about"), both("责任方", "whose"), both("依据", "shown by")),
    _responsibility_cells,
)
COMPLAINTS = PolicyPage(
    "complaints",
    both("投诉没有答复：逐级升级", "A complaint nobody answers climbs"),
    both(
        "24小时内答复。超时升一级，再过同样长的时间再升一级。",
        "Answered within 24 hours. When they are over it climbs a rung, and another when as much time has passed"
        " again.",
    ),
    complaints.LADDER,
    columns(both("由谁处理", "who has to see to it")),
    word_of("complaint_rung"),
)


def _reply_cells(case: Case, language: Language) -> list[str]:
    score, is_complaint = case.expected
    opened = both("立为投诉", "a complaint is opened")[language]
    return [f"`{case.given}`", str(score or NOTHING), opened if is_complaint else NOTHING]


SATISFACTION = PolicyPage(
    "satisfaction",
    both("满意度回复", "Replies about satisfaction"),
    both(
        "回访短信请客户回复1到5分；2分及以下自动立为投诉。",
        "After a visit a text asks for 1 to 5; 2 and less open a complaint by themselves.",
    ),
    satisfaction.REPLIES,
    columns(both("短信", "text"), both("评分", "score"), both("投诉", "complaint")),
    _reply_cells,
)


def _asked_cells(case: Case, language: Language) -> list[str]:
    percent, number, days = case.given
    said = choice(both("请评分", "asked for a score"), both("只发服务报告", "the report alone"))(case, language)
    return [f"{percent} %", number, NOTHING if days is None else str(days), *said]


SURVEYS = PolicyPage(
    "surveys",
    both("请谁评分", "Who is asked how a visit was"),
    both(
        "按报修单号抽样，同一张单结果总是一样；同一个号码至少隔7天再问。",
        "The request's number decides, so that it always comes out the same; one telephone is asked every seven days at"
        " most.",
    ),
    satisfaction.ASKED,
    columns(
        both("比例", "share"),
        both("报修单", "request"),
        both("几天前问过", "asked so many days ago"),
        both("结果", "outcome"),
    ),
    _asked_cells,
)
DEFECTS = PolicyPage(
    "defects",
    both("系统性缺陷", "Clusters of one fault"),
    both(
        "30天内同一故障至少5起，而且是平时的三倍以上，自动立案。",
        "At least five reports of one fault in 30 days, and three times the usual, raise a case by themselves.",
    ),
    defects.CLUSTERS,
    columns(both("最近", "recent"), both("以前", "before"), both("结果", "outcome")),
    lambda case, language: [
        f"{case.given[0]} / {case.given[1]}",
        f"{case.given[2]} / {case.given[3]}",
        *choice(both("立案", "a case is raised"), both("不立案", "no case"))(case, language),
    ],
)
MERGES = PolicyPage(
    "merges",
    both("可能是同一位客户的档案", "Files that may be one customer"),
    both(
        "系统只提示，由人合并；合并可以撤销。第一份档案：王小明，人民路1号。",
        "Only shown; a person merges, and can undo it. The first file: Wang Xiaoming, 1 Renmin Road.",
    ),
    merges.LIKENESSES,
    columns(both("提示", "shown as")),
    word_of("likeness"),
)
RECALLS = PolicyPage(
    "recalls",
    both("召回：每台机器怎样走到底", "A recall, machine by machine"),
    both(
        "每台机器都要有结果：已处理，或者注明原因放弃。机主取消的，先与机主谈过再建单。",
        "Every machine comes to an end: put right, or given up with the reason. Whoever calls it off is spoken with"
        " before there is another request.",
    ),
    recalls.MOVES,
    columns(both("从", "from"), both("到", "to"), both("结果", "outcome")),
    lambda case, language: [
        *(word(f"recall_state.{state}", language) for state in case.given),
        *choice(both("可以", "allowed"), both("拒绝", "refused"))(case, language),
    ],
)


def _priority_cells(case: Case, language: Language) -> list[str]:
    fault_priority, severity, *_ = case.given
    return [str(fault_priority), word(f"severity.{severity}", language), str(case.expected)]


PRIORITIES = PolicyPage(
    "priorities",
    both("先处理哪一件", "What comes first"),
    both(
        "每种故障有自己的优先级；轻重、VIP客户和二次报修使它升降，总在0到100之间。",
        "Each fault has a priority of its own, which its severity, a VIP and a second call raise or lower, always"
        " between 0 and 100.",
    ),
    priorities.CASES,
    columns(both("故障的优先级", "of the fault"), both("轻重", "severity"), both("优先级", "priority")),
    _priority_cells,
)


def _expert_cells(case: Case, language: Language) -> list[str]:
    if case.expected is None:
        return [both("仍由厂家答复，已超时", "the manufacturer still, overdue")[language], NOTHING]
    level, hours = case.expected
    return [word(f"expert_level.{level}", language), str(hours)]


EXCEPTION_REPORTS = PolicyPage(
    "exception_reports",
    both("异常反馈单：谁来答复", "Exception reports: who answers"),
    both(
        "每一级有自己的时限，经理可以调整；超时的一级仍欠答复。",
        "Each level has hours of its own, which a manager can change; one that is overdue owes its answer still.",
    ),
    exception_reports.CASES,
    columns(both("由谁答复", "who answers"), both("小时", "hours")),
    _expert_cells,
)


def _award_cells(case: Case, _: Language) -> list[str]:
    return [NOTHING if one is None else f"{one:g}" for one in (*case.given, case.expected)]


AWARDS = PolicyPage(
    "awards",
    both("年度评优的积分", "Points for the yearly award"),
    both(
        "准时率、一次修好率、清单完成率和满意度（5分为100%）的平均值；缺一项就没有积分。",
        "The mean of four shares: on time, fixed at once, checklist kept, and the mean score, 5 being all. Whoever"
        " lacks one of them has no points.",
    ),
    awards.CASES,
    columns(
        both("准时", "on time"),
        both("一次修好", "fixed at once"),
        both("清单", "checklist"),
        both("满意度", "score"),
        both("积分", "points"),
    ),
    _award_cells,
)

RISKS = PolicyPage(
    "risks",
    both("服务风险的等级", "How grave a service risk is"),
    both(
        "可能性乘以损害，各为1到5：4以下为低，12以上为高。已经发生的危机按可能性最大计。",
        "Likelihood times harm, each from 1 to 5: low up to 4, high from 12 on. A crisis has happened, and counts as"
        " most likely.",
    ),
    risks.CASES,
    columns(both("类别", "kind"), both("可能性", "likelihood"), both("损害", "harm"), both("等级", "level")),
    lambda case, language: [
        word(f"risk_kind.{case.given[0]}", language),
        *(str(rating) for rating in case.given[1:]),
        *word_of("risk_level")(case, language),
    ],
)

PAGES = (
    AWARDS,
    CARE,
    CERTIFICATES,
    STOCK,
    ORDERS,
    PARCELS,
    PRIORITIES,
    LOANS,
    EXCEPTION_REPORTS,
    COMPLAINTS,
    RESPONSIBILITY,
    SATISFACTION,
    SURVEYS,
    DEFECTS,
    RECALLS,
    RISKS,
    MERGES,
)
