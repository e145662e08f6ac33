"""docs/telephone.md tells the menu that callers get, in the picture and in the tables."""

import json
import xml.etree.ElementTree as ET

from ivr.flow import NODES
from tests.docs.menu import BEGIN, END, PAGE, PICTURE as DRAWN, SHOWN, list_places, write_menu
from tests.docs.pages import read
from tests.docs.picture import draw_menu, list_arrows

PICTURE = ET.fromstring(read("docs/pictures/menu.svg"))  # noqa: S314 (our own file)


def test_the_tables_are_those_the_code_and_the_sentences_make() -> None:
    written = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]

    assert written == write_menu(), "write it anew: .venv/bin/python -m tests.docs.menu"


def test_every_sentence_of_the_telephone_is_in_the_tables() -> None:
    text = read("docs/telephone.md")

    assert [name for name in json.loads(read("content/prompts/zh-CN.json")) if f"| `{name}` |" not in text] == []


def test_the_picture_shows_every_place_of_the_menu() -> None:
    assert {part.get("data-place") for part in PICTURE.iter() if part.get("data-place")} == set(NODES)


def test_the_arrows_of_the_picture_are_the_ways_callers_can_go() -> None:
    drawn = {(part.get("data-from"), part.get("data-to")) for part in PICTURE.iter() if part.get("data-from")}

    assert drawn == set(list_arrows(list_places()))


def test_the_picture_is_the_one_the_menu_makes() -> None:
    assert DRAWN.read_text(encoding="utf-8") == draw_menu(list_places()), "draw it: .venv/bin/python -m tests.docs.menu"


def test_the_picture_on_a_calls_page_is_the_same_without_a_style_of_its_own() -> None:
    shown = SHOWN.read_text(encoding="utf-8")

    assert shown == draw_menu(list_places(), has_style=False), "draw it: .venv/bin/python -m tests.docs.menu"
    assert "<style" not in shown


def test_every_place_leads_somewhere() -> None:
    """Otherwise the reading of ivr/flow has stopped to understand it, and the tests above prove nothing."""
    assert [place.name for place in list_places() if not place.leads_to] == []
    assert [place.name for place in list_places() if not (place.says and place.then)] == []
