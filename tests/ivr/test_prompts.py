"""What the hotline says: short, complete in both languages, and always with a way to a person (H2)."""

from __future__ import annotations

import string

import pytest
from sqlalchemy import update

from ivr.flow import NODES
from ivr.prompts import Line
from models import Customer
from outbox.words import load_prompts
from policies.languages import Language
from policies.speech import estimate_seconds
from tests.town import Town

MOST_SECONDS = 20.0


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_prompt_exists_in_both_languages_with_the_same_values() -> None:
    mandarin, english = load_prompts(Language.ZH), load_prompts(Language.EN)

    assert mandarin.keys() == english.keys()
    for name in mandarin:
        assert placeholders(mandarin[name]) == placeholders(english[name]), name


def walk_every_menu(town: Town, language: Language) -> dict[str, list[list[str]]]:
    """Return what is said in each turn of three long calls, in one language."""
    said: dict[str, list[list[str]]] = {}
    to_language = ["9"] if language is Language.EN else []
    for number, route in (
        ("+8613800000001", ["1", "1", "1", "2", "2", "1"]),
        ("+8613800000001", ["1", "1", "1", "1"]),
        ("anonymous", ["1", "901234#", "2", "0"]),
    ):
        call = town.phone(number).dial(town.hotline)
        turns = [call.listen()]
        for keys in [*to_language, *route]:
            call.press(keys)
            turns.append(call.listen())
        if not call.is_over:
            call.hang_up()
        said[f"{number} {route}"] = turns
        _speak_mandarin_again(town)
    return said


def _speak_mandarin_again(town: Town) -> None:
    with town.services.database.writing() as session:
        session.execute(update(Customer).values(language=Language.ZH))


@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_takes_less_than_twenty_seconds(town: Town, language: Language) -> None:
    for call, turns in walk_every_menu(town, language).items():
        assert all(turns), f"{call}: nothing was said in some turn"
        for sentence in (sentence for turn in turns for sentence in turn):
            assert estimate_seconds(sentence, language) < MOST_SECONDS, f"{call}: {sentence}"


@pytest.mark.parametrize(
    ("line", "in_chinese", "in_english"),
    [
        (
            Line("person_position", {"before": 2}),
            "您前面还有两位客户，请稍候。",
            "There are 2 callers before you, please stay on the line.",
        ),
        (
            Line("agreement_visits", {"count": 12, "left": 2}),
            "协议共有12次上门，还剩两次。",
            "It has 12 visits, of which 2 are left.",
        ),
        (
            Line("offer_intro_beyond", {"hours": 2}),
            "以下时间超出两小时承诺。",
            "These are beyond the 2 hours we promise.",
        ),
        (
            Line("call_back_done", {"minutes": 30}),
            "已经记下，我们会在30分钟内给您回电。",
            "That is noted. We will call you back within 30 minutes.",
        ),
        (Line("request_again", {"key": "2"}), "重听请按2。", "To hear it again, press 2."),
    ],
)
def test_what_is_counted_is_said_as_people_count_and_a_key_as_it_is_printed(
    line: Line, in_chinese: str, in_english: str
) -> None:
    said = ["".join(text for text, _ in line.parts(language, load_prompts)) for language in (Language.ZH, Language.EN)]

    assert said == [in_chinese, in_english]


def test_every_node_is_known_by_its_own_name() -> None:
    assert all(name == node.name for name, node in NODES.items())


@pytest.mark.parametrize("keys", [["1"], ["1", "1"], ["1", "1", "1"], ["1", "1", "1", "2"], ["1", "1", "1", "2", "2"]])
def test_zero_leads_to_a_person_from_every_menu(town: Town, keys: list[str]) -> None:
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in keys:
        call.press(key)

    call.press("0")

    call.hears("请在提示音后留言")
    call.hang_up()
