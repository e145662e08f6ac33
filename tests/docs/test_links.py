"""What the documents point at is there: links, headings, files, decisions."""

import re
from pathlib import Path

import pytest

from tests.architecture.rooms import PROJECT, rooms_with_python
from tests.docs.pages import DOCS, documents, prose, read

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
ROOMS = {*rooms_with_python(), "content", "docs"}
FILE = re.compile(r"[\w.-]+(/[\w.-]+)*\.(py|md|json|csv|svg|png|toml|cfg|in|txt|mako|sh)")
FOLDER = re.compile(r"[\w.-]+(/[\w.-]+)*/")


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def anchors_in(text: str) -> set[str]:
    """Return what a heading can be linked by: small letters, no marks, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", prose(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """Return the links of a page whose file or heading does not exist."""
    return [target for target in LINK.findall(prose(text)) if not _is_there(page, target)]


def _is_there(page: Path, target: str) -> bool:
    if re.match(r"https?://", target):
        return True
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or anchor in anchors_in(file.read_text(encoding="utf-8")))


def missing_files(text: str) -> list[str]:
    """Return the files and folders named in a text, as code, that do not exist."""
    named = [code.split(":")[0].split(" ")[0] for code in CODE.findall(prose(text))]
    ours = [name for name in named if FILE.fullmatch(name) or (FOLDER.fullmatch(name) and name.split("/")[0] in ROOMS)]
    return [name for name in ours if not name.startswith(".onecall/") and not (PROJECT / name).exists()]


@pytest.mark.parametrize("page", documents(), ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", documents(), ids=name_of)
def test_every_file_a_document_names_exists(page: Path) -> None:
    assert missing_files(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("target", ["nowhere.md", "glossary.md#no-such-heading", "pictures/none.svg"])
def test_a_planted_broken_link_is_found(target: str) -> None:
    assert broken_links(DOCS / "telephone.md", f"See [there]({target}).") == [target]


@pytest.mark.parametrize("name", ["operations/nothing.py", "policies/nowhere/", "nothing.toml"])
def test_a_planted_name_of_no_file_is_found(name: str) -> None:
    assert missing_files(f"It stands in `{name}: somewhere`.") == [name]


def test_every_document_can_be_reached_from_the_readme() -> None:
    pending, reached = [PROJECT / "README.md"], set[Path]()
    while pending:
        page = pending.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(prose(page.read_text(encoding="utf-8"))))
        pending += [(page.parent / target).resolve() for target in targets if target and "://" not in target]

    assert set(documents()) - reached == set()


def test_every_decision_is_listed_under_its_title() -> None:
    listed = dict(re.findall(r"\[\d+\]\((\S+\.md)\) \| (.+) \|", read("docs/adr/README.md")))
    titles = {path.name: read(name_of(path)).splitlines()[0] for path in (DOCS / "adr").glob("0*.md")}

    assert {name: re.sub(r"^# \d+\. ", "", title) for name, title in titles.items()} == listed


@pytest.mark.parametrize("page", sorted((DOCS / "adr").glob("0*.md")), ids=name_of)
def test_a_decision_says_context_decision_consequences_and_what_was_measured(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences", "Measured"]
