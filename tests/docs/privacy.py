"""The table of docs/privacy.md, as policies/personal_data.py says; `python -m tests.docs.privacy` writes it."""

from policies.languages import Language
from policies.personal_data import PERSONAL, Fate
from tests.docs.pages import DOCS
from web.wording.sentences import load_sentences

PAGE = DOCS / "privacy.md"
BEGIN, END = "<!-- inventory: python -m tests.docs.privacy -->\n", "<!-- end of inventory -->\n"


def write_inventory() -> str:
    """Return the table: where, what, how long, what an erasure does."""
    words = load_sentences(Language.EN)
    lines = ["| table | columns | kept | when the person is erased |", "|---|---|---|---|"]
    for table, personal in sorted(PERSONAL.items()):
        fates: dict[Fate, list[str]] = {}
        for column, fate in personal.columns.items():
            fates.setdefault(fate, []).append(f"`{column}`")
        columns = ", ".join(f"`{column}`" for column in personal.columns)
        what = "; ".join(
            fate.value if len(fates) == 1 else f"{', '.join(names)} {fate.value}" for fate, names in fates.items()
        )
        lines.append(f"| `{table}` | {columns} | {words[f'keeping.{personal.kept.value}']} | {what} |")
    return "\n".join(lines) + "\n"


def replace_inventory(page: str) -> str:
    """Return the page with the table written anew."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + write_inventory() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(replace_inventory(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
