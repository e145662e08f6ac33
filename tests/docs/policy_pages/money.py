"""Who pays for what: entitlement, settlement, differences, agreements, penalties, returns, compensation."""

from policies.entitlement import CoverItem
from policies.languages import Language
from policies.penalties import PenaltyKind
from policies.returns import ReturnGround
from policies.warranty import CoverageReason
from tests.docs.policy_pages.page import NOTHING, PolicyPage, both, choice, columns, word, yuan
from tests.policies.cases import agreements, claims, complaints, entitlement, penalties, returns, settlement, warranty
from tests.policies.cases.table import Case


def _cover_columns(language: Language) -> list[str]:
    return [word(f"cover_item.{item}", language) for item in CoverItem]


def _cover_cells(case: Case, language: Language) -> list[str]:
    return [f"{percent} %, {word(f'cover_reason.{reason}', language)}" for percent, reason in case.expected]


ENTITLEMENT = PolicyPage(
    "entitlement",
    both("维修费用由谁承担", "Who pays for a repair"),
    both(
        "每一格是客户不用付的比例和原因。顺序：收费情形最先；其次保修，不占协议次数；"
        "再次服务协议，最具体的条目优先；都没有，就由客户付费，终身维修。",
        "Each cell is the share the customer does not pay, and why. Chargeable causes come first; then the"
        " warranty, which uses up nothing; then agreements, the most specific line first; then the customer"
        " pays, for as long as the machine lives.",
    ),
    entitlement.CASES,
    _cover_columns,
    _cover_cells,
)


def _priced_cells(case: Case, language: Language) -> list[str]:
    work, _ = case.given
    lines = [
        f"{word(f'cover_item.{line.item}', language)} {yuan(gross)} → {yuan(charged)}"
        for line, (gross, charged) in zip(work, case.expected, strict=True)
    ]
    return ["<br>".join(lines), yuan(sum(charged for _, charged in case.expected))]


SETTLEMENT = PolicyPage(
    "settlement",
    both("结算：每一行收多少", "Settlement: what each line comes to"),
    both(
        "人工每小时120元，上门50元，主板300元，连接线每根15元。箭头左边是价目表金额，右边由客户付。",
        "Labour at 120 yuan an hour, the journey 50, a board 300, a cable 15. Left of the arrow the price list's"
        " amount, right of it what the customer pays.",
    ),
    settlement.LINES,
    columns(both("各行", "lines"), both("客户付", "the customer pays")),
    _priced_cells,
)
_OUTCOMES = {
    "booked": both("直接入账", "booked"),
    "approved": both("批准后入账", "booked once approved"),
    "refused": both("不能批准，须由权限更高的人批准", "not theirs to approve; somebody with a higher limit must"),
}


def _difference_cells(case: Case, language: Language) -> list[str]:
    agreed, total, role = case.given
    said = NOTHING if agreed is None else yuan(agreed)
    return [said, yuan(total), word(f"role.{role}", language), _OUTCOMES[case.expected][language]]


DIFFERENCES = PolicyPage(
    "differences",
    both("结算与报价不一致", "A total other than the one agreed"),
    both(
        "结算额等于客户事先同意的金额；不相等，由有权限的人批准并写明理由，多收少收都一样。",
        "The total is the one the customer agreed to before the work. Where it is not, more or less, somebody whose"
        " limit allows the difference approves it with a reason.",
    ),
    settlement.DIFFERENCES,
    columns(both("同意", "agreed"), both("结算", "settled"), both("由谁", "who is asked"), both("结果", "outcome")),
    _difference_cells,
)
AGREEMENTS = PolicyPage(
    "agreements",
    both("两份协议是否冲突", "Whether two agreements clash"),
    both(
        "协议A已经生效，全年保17号机器；协议B待批准。",
        "Agreement A is in force and covers machine 17 for a year; agreement B waits for approval.",
    ),
    agreements.CLASHES,
    columns(both("结果", "outcome")),
    choice(both("拒绝", "refused"), both("可以批准", "may be approved")),
)
INSTALMENTS = PolicyPage(
    "instalments",
    both("协议分期付款", "Instalments of an agreement"),
    both("各期之和等于总价，一分不差。", "Together they are the price, to the cent."),
    agreements.INSTALMENTS,
    columns(both("总价", "price"), both("各期", "instalments")),
    lambda case, _: [yuan(case.given[0]), "<br>".join(f"{on}: {yuan(cents)}" for on, cents in case.expected)],
)
PENALTIES = PolicyPage(
    "penalties",
    both("合同违约金", "Contract penalties"),
    both(
        "合同额十万元，约定4小时响应、24小时恢复；各项违约金为合同额的1%。",
        "A contract of 100,000 yuan that promises a response in 4 hours and restoration in 24; each penalty is 1 %"
        " of it.",
    ),
    penalties.CASES,
    lambda language: [word(f"penalty_kind.{kind}", language) for kind in PenaltyKind],
    lambda case, _: [
        next((f"{times} × = {yuan(cents)}" for found, times, cents in case.expected if found is kind), NOTHING)
        for kind in PenaltyKind
    ],
)


def _return_cells(case: Case, language: Language) -> list[str]:
    reason, refund, difference, payer = case.expected
    prefix = "return_ground" if isinstance(reason, ReturnGround) else "return_refusal"
    amounts = [yuan(cents) if cents else NOTHING for cents in (refund, difference)]
    return [word(f"{prefix}.{reason}", language), *amounts, word(f"carriage_payer.{payer}", language)]


RETURNS = PolicyPage(
    "returns",
    both("换机、退货、退款", "Exchange, return, refund"),
    both(
        "一台2026年3月1日售出、价格4000元的机器，保修一年。差价为正由客户补，为负退给客户。",
        "A machine of 4,000 yuan sold on 1 March 2026, with a year of warranty. A difference is added by the"
        " customer, or paid back where it is less than nothing.",
    ),
    returns.CASES,
    lambda language: [
        word(f"returns.{name}", language) for name in ("says", "amount", "replacement_price", "carriage")
    ],
    _return_cells,
)
COMPENSATIONS = PolicyPage(
    "compensations",
    both("补偿：同类投诉同样处理", "Compensation: like cases are treated alike"),
    both(
        "与已结的同类投诉的中间值比较；相差两成以上，必须写明理由。",
        "Measured by the middle of closed like cases; more than a fifth away from it needs a reason in writing.",
    ),
    complaints.COMPENSATIONS,
    columns(both("补偿", "compensation"), both("先例", "like cases"), both("结果", "outcome")),
    lambda case, language: [
        yuan(case.given[0]),
        ", ".join(yuan(cents) for cents in case.given[1]) or NOTHING,
        *choice(both("须说明理由", "a reason is needed"), both("同等处理", "alike"))(case, language),
    ],
)
_COVERAGE_WORDS = {CoverageReason.ENDED: "cover_reason.warranty_ended"}


def _warranty_cells(case: Case, language: Language) -> list[str]:
    papers, months, on, _ = case.given
    reason, last_on = case.expected
    days = (papers.purchased_on, papers.delivered_on, papers.accepted_on, on, last_on)
    bought, delivered, accepted, asked, last = (day.isoformat() if day else NOTHING for day in days)
    said = word(_COVERAGE_WORDS.get(reason, f"cover_reason.{reason}"), language)
    return [bought, delivered, accepted, str(months), asked, said, last]


WARRANTY = PolicyPage(
    "warranty",
    both("保修到哪一天", "Until when a warranty runs"),
    both(
        "整机一年，损耗件和辅件半年，项目按合同最长三年。没有另外约定的，从最晚的一个日期起算。",
        "A year for the whole machine, half a year for accessories and wear parts, projects up to three years by"
        " contract. Unless agreed otherwise it begins with the latest of the dates.",
    ),
    warranty.CASES,
    columns(
        both("购买", "bought"),
        both("送货", "delivered"),
        both("验收", "accepted"),
        both("月数", "months"),
        both("问的那天", "asked on"),
        both("结果", "decision"),
        both("最后一天", "last day"),
    ),
    _warranty_cells,
)
CLAIMS = PolicyPage(
    "claims",
    both("包裹丢失或破损：快递赔多少", "A parcel lost or damaged: what its courier owes"),
    both(
        "先保证客户，再向快递索赔。保价的按保价比例赔损失；未保价的最多赔三倍运费；没有送到的另退运费。",
        "First the customer, then the claim. Insured, the share of the loss it was insured for; otherwise three times"
        " its carriage at most; what never came gives its carriage back as well.",
    ),
    claims.CASES,
    columns(
        both("内件价值", "worth"),
        both("损失", "lost"),
        both("保价", "insured for"),
        both("运费", "carriage"),
        both("索赔", "claimed"),
    ),
    lambda case, _: [
        *(yuan(cents) for cents in (case.given.value_cents, case.given.loss_cents)),
        *(yuan(cents) for cents in (case.given.insured_cents, case.given.carriage_cents)),
        yuan(case.expected),
    ],
)

PAGES = (
    ENTITLEMENT,
    WARRANTY,
    SETTLEMENT,
    DIFFERENCES,
    AGREEMENTS,
    INSTALMENTS,
    PENALTIES,
    RETURNS,
    COMPENSATIONS,
    CLAIMS,
)
