import re
from string import Formatter

import pytest

from operations.versions.texts import load_samples
from outbox.templates import UnknownTemplate, find_template, load_templates
from policies.languages import Language
from simulator.segments import count_segments

MOST_SEGMENTS = {Language.ZH: 2, Language.EN: 2}
VALUES = {language: load_samples(language) for language in Language}
NAMES = sorted(load_templates(Language.ZH))
BOTH = [pytest.param(name, language, id=f"{name}-{language}") for name in NAMES for language in Language]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_message_exists_in_both_languages_in_the_same_version() -> None:
    versions = [
        {name: template.version for name, template in load_templates(language).items()} for language in Language
    ]

    assert versions[0] == versions[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_message_says_the_same_things_in_both_languages(name: str) -> None:
    in_chinese, in_english = (find_template(name, language).text for language in Language)

    assert placeholders(in_chinese) == placeholders(in_english)


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_a_message_filled_with_the_longest_values_is_at_most_two_texts(name: str, language: Language) -> None:
    body = find_template(name, language).fill(VALUES[language])

    assert count_segments(body) <= MOST_SEGMENTS[language], f"{len(body)} characters: {body}"
    assert "{" not in body
    assert "}" not in body


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_a_message_holds_nothing_that_makes_it_dearer_than_it_looks(name: str, language: Language) -> None:
    text = find_template(name, language).text

    # One non-breaking space or smart quote turns an English text into 70-character segments.
    assert not re.search("[\u00a0\u2018\u2019\u200b\ufeff]", text)
    assert language is Language.ZH or text.isascii()
    assert text == text.strip()


def test_a_missing_value_is_named_and_nothing_is_sent_with_a_hole() -> None:
    with pytest.raises(KeyError, match="hotline"):
        find_template("visit_completed", Language.ZH).fill({"number": "12345678", "link": "https://o.example"})


@pytest.mark.parametrize("language", Language)
def test_an_unknown_message_is_named(language: Language) -> None:
    with pytest.raises(UnknownTemplate, match="no_such_message"):
        find_template("no_such_message", language)
