"""Long lists in pages: every row on one page, every page of an address of its own."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import given, strategies as st

from web.foundation.paging import Pages, address_of, read_page

APP = Flask(__name__)


@given(found=st.integers(0, 500), size=st.integers(1, 40))
def test_the_pages_of_a_list_hold_every_row_once(found: int, size: int) -> None:
    pages = [Pages(number, found, size) for number in range(1, Pages(1, found, size).last + 1)]

    rows = [row for page in pages for row in range(page.first_row, page.last_row + 1) if row]

    assert rows == list(range(1, found + 1))
    assert all({1, page.number, page.last} <= set(page.near) for page in pages)


@pytest.mark.parametrize(
    ("asked", "shown"), [("", 1), ("2", 2), ("99", 3), ("0", 1), ("-1", 1), ("two", 1), ("9" * 30, 3)]
)
def test_a_page_that_does_not_exist_is_the_nearest_one(asked: str, shown: int) -> None:
    with APP.test_request_context(f"/list?page={asked}"):
        assert read_page(201).number == shown


def test_another_page_keeps_what_was_asked_for_and_obeys_nothing_else() -> None:
    with APP.test_request_context("/list?q=静安&past=1&page=2&_external=1&_scheme=javascript"):
        address = urlsplit(address_of(3))

    assert (address.scheme, address.netloc, address.path) == ("", "", "/list")
    assert parse_qs(address.query) == {
        "q": ["静安"],
        "past": ["1"],
        "page": ["3"],
        "_external": ["1"],
        "_scheme": ["javascript"],
    }
