"""docs/privacy.md lists what policies/personal_data.py does."""

from tests.docs.privacy import PAGE, replace_inventory


def test_the_inventory_of_personal_data_is_what_the_code_erases() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert replace_inventory(page) == page
