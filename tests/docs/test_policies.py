"""docs/policies shows the cases that are tested, in both languages, and nothing else."""

import pytest

from tests.docs.policy_pages import PAGES
from tests.docs.policy_pages.page import PolicyPage
from tests.docs.policy_tables import FOLDER, write_page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_policys_page_is_what_its_cases_say(page: PolicyPage) -> None:
    assert (FOLDER / f"{page.name}.md").read_text(encoding="utf-8") == write_page(page)


def test_every_page_of_the_folder_is_written_from_cases() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {page.name for page in PAGES}
