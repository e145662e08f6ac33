"""The cases of tests/policies/cases as tables in both languages; `python -m tests.docs.policy_tables` writes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policies.entitlement import CoverItem
from policies.languages import Language
from policies.penalties import PenaltyKind
from policies.returns import ReturnGround
from tests.docs.pages import DOCS
from tests.policies.cases import entitlement, penalties, returns
from tests.policies.cases.table import Case
from web.sentences import load_sentences

FOLDER = DOCS / "policies"
NOTE = "<!-- written by python -m tests.docs.policy_tables from tests/policies/cases -->"


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """One page of docs/policies: what it is about in both languages, its cases, its columns, and how a row is said."""

    name: str
    title: dict[Language, str]
    about: dict[Language, str]
    cases: Sequence[Case]
    columns: Callable[[Language], list[str]]
    cells: Callable[[Case, Language], list[str]]


def word(name: str, language: Language) -> str:
    return load_sentences(language)[name]


def _cover_columns(language: Language) -> list[str]:
    return [word(f"cover_item.{item}", language) for item in CoverItem]


def _cover_cells(case: Case, language: Language) -> list[str]:
    return [f"{percent} %, {word(f'cover_reason.{reason}', language)}" for percent, reason in case.expected]


ENTITLEMENT = PolicyPage(
    "entitlement",
    {Language.ZH: "维修费用由谁承担", Language.EN: "Who pays for a repair"},
    {
        Language.ZH: (
            "每一格是客户不用付的比例和原因。顺序：收费情形最先；其次保修，不占协议次数；"
            "再次服务协议，最具体的条目优先；都没有，就由客户付费，终身维修。"
        ),
        Language.EN: (
            "Each cell is the share the customer does not pay, and why. Chargeable causes come first; then the"
            " warranty, which uses up nothing; then agreements, the most specific line first; then the customer"
            " pays, for as long as the machine lives."
        ),
    },
    entitlement.CASES,
    _cover_columns,
    _cover_cells,
)


PENALTIES = PolicyPage(
    "penalties",
    {Language.ZH: "合同违约金", Language.EN: "Contract penalties"},
    {
        Language.ZH: "合同额十万元，约定4小时响应、24小时恢复；各项违约金为合同额的1%。",
        Language.EN: (
            "A contract of 100,000 yuan that promises a response in 4 hours and restoration in 24; each penalty is 1 %"
            " of it."
        ),
    },
    penalties.CASES,
    lambda language: [word(f"penalty_kind.{kind}", language) for kind in PenaltyKind],
    lambda case, _language: [
        next((f"{times} × = {cents / 100:,.2f}" for found, times, cents in case.expected if found is kind), "–")
        for kind in PenaltyKind
    ],
)


def _return_cells(case: Case, language: Language) -> list[str]:
    reason, refund, difference, payer = case.expected
    prefix = "return_ground" if isinstance(reason, ReturnGround) else "return_refusal"
    amounts = [f"{cents / 100:,.2f}" if cents else "–" for cents in (refund, difference)]
    return [word(f"{prefix}.{reason}", language), *amounts, word(f"carriage_payer.{payer}", language)]


RETURNS = PolicyPage(
    "returns",
    {Language.ZH: "换机、退货、退款", Language.EN: "Exchange, return, refund"},
    {
        Language.ZH: "一台2026年3月1日售出、价格4000元的机器，保修一年。差价为正由客户补，为负退给客户。",
        Language.EN: (
            "A machine of 4,000 yuan sold on 1 March 2026, with a year of warranty. A difference is added by the"
            " customer, or paid back where it is less than nothing."
        ),
    },
    returns.CASES,
    lambda language: [word(f"returns.{name}", language) for name in ("says", "amount", "replacement", "carriage")],
    _return_cells,
)


PAGES = (ENTITLEMENT, PENALTIES, RETURNS)


def write_page(page: PolicyPage) -> str:
    """Return the page's text: the Chinese table, then the English one."""
    parts = [NOTE, f"# {page.title[Language.ZH]} · {page.title[Language.EN]}"]
    for language in (Language.ZH, Language.EN):
        situation = "情形" if language is Language.ZH else "situation"
        header = [situation, *page.columns(language)]
        rows = [header, ["---"] * len(header)]
        rows += [[case.zh if language is Language.ZH else case.en, *page.cells(case, language)] for case in page.cases]
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        parts += [f"## {page.title[language]}", page.about[language], table]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in PAGES:
        (FOLDER / f"{one.name}.md").write_text(write_page(one), encoding="utf-8")
