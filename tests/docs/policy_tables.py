"""The cases of tests/policies/cases as tables in both languages; `python -m tests.docs.policy_tables` writes them."""

from policies.languages import Language
from tests.docs.pages import DOCS
from tests.docs.policy_pages import PAGES
from tests.docs.policy_pages.page import PolicyPage

FOLDER = DOCS / "policies"
NOTE = "<!-- written by python -m tests.docs.policy_tables from tests/policies/cases -->"


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
