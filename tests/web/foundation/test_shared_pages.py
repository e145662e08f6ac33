"""Who watches the same page at the same moment shares the work of building it."""

import threading

import pytest

from tests.factories.threads import run_together
from web.foundation.shared_pages import MOST_KEPT, SharedPages


def test_thirty_who_ask_at_once_have_it_built_once() -> None:
    pages, built, may_go_on = SharedPages[str](), [], threading.Event()

    def build() -> str:
        may_go_on.wait(0.05)
        built.append(1)
        return "board"

    shown = run_together(*[lambda: pages.get("tag", build)] * 30)

    assert shown == ["board"] * 30
    assert len(built) == 1


def test_another_tag_is_another_page_and_old_ones_are_forgotten() -> None:
    pages = SharedPages[int]()

    shown = [pages.get(str(number), lambda number=number: number) for number in range(MOST_KEPT + 1)]  # type: ignore[misc]

    assert shown == list(range(MOST_KEPT + 1))
    assert pages.get("0", lambda: -1) == -1
    assert pages.get(str(MOST_KEPT), lambda: -1) == MOST_KEPT


def test_a_page_that_could_not_be_built_is_tried_again() -> None:
    pages = SharedPages[str]()

    def fail() -> str:
        raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        pages.get("tag", fail)

    assert pages.get("tag", lambda: "board") == "board"
