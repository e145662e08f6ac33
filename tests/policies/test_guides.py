"""What a guide may hold: both languages, few entries, each short enough to listen to (H2, H4)."""

import pytest
from hypothesis import given, strategies as st

from policies.guides import LONGEST_TEXT, Flaw, Frame, GuideKind, GuideTrouble, Wording, entry_seconds, find_flaws
from policies.languages import Language
from policies.speech import LONGEST_PROMPT_SECONDS

FRAMES = {
    Language.ZH: Frame("问题解决了，请按1。没有解决，请按2。", "，请按1。", "其他问题，请按5。"),
    Language.EN: Frame(
        "If that solved it, press 1. If not, press 2.", ", press 1.", "For any other question, press 5."
    ),
}
STEP = Wording("", "", "请检查电源线。", "Please check the power cable.")
QUESTION = Wording("怎么清洁", "For cleaning", "请用干布。", "Use a dry cloth.")


def troubles(kind: GuideKind, *wordings: Wording) -> list[tuple[GuideTrouble, int | None, Language | None]]:
    return [(flaw.trouble, flaw.position, flaw.language) for flaw in find_flaws(kind, wordings, FRAMES)]


def test_short_words_in_both_languages_have_no_flaw() -> None:
    assert troubles(GuideKind.STEPS, STEP, STEP) == []
    assert troubles(GuideKind.QUESTIONS, QUESTION) == []


def test_nothing_to_try_is_a_guide_too() -> None:
    assert troubles(GuideKind.STEPS) == []


def test_a_missing_language_is_named_with_its_entry() -> None:
    assert troubles(GuideKind.STEPS, STEP, Wording("", "", "请重新开机。", " ")) == [
        (GuideTrouble.MISSING, 2, Language.EN)
    ]


def test_a_question_needs_its_question() -> None:
    assert troubles(GuideKind.QUESTIONS, Wording("", "For cleaning", "请用干布。", "Use a dry cloth.")) == [
        (GuideTrouble.MISSING, 1, Language.ZH)
    ]


def test_more_entries_than_keys_are_refused() -> None:
    assert troubles(GuideKind.QUESTIONS, *[QUESTION] * 5) == [(GuideTrouble.TOO_MANY_ENTRIES, None, None)]


def test_an_entry_is_measured_with_the_keys_after_it() -> None:
    sixteen_seconds = Wording("", "", "好" * 64, "Well.")
    nineteen_with_keys = Wording("", "", "好" * 60, "Well.")

    assert troubles(GuideKind.STEPS, nineteen_with_keys) == []
    assert troubles(GuideKind.STEPS, sixteen_seconds) == []
    assert troubles(GuideKind.STEPS, Wording("", "", "好" * 66, "Well.")) == [
        (GuideTrouble.TOO_LONG_TO_HEAR, 1, Language.ZH)
    ]


def test_questions_that_are_too_long_to_choose_from_are_a_flaw_of_the_whole_menu() -> None:
    long = Wording("怎" * 25, "For cleaning", "请用干布。", "Use a dry cloth.")

    assert troubles(GuideKind.QUESTIONS, long, long, long) == [(GuideTrouble.TOO_LONG_TO_HEAR, None, Language.ZH)]


def test_what_does_not_fit_its_row_is_refused_by_its_length() -> None:
    assert troubles(GuideKind.STEPS, Wording("", "", "好。", "x" * (LONGEST_TEXT + 1))) == [
        (GuideTrouble.TOO_MANY_CHARACTERS, 1, Language.EN)
    ]


@pytest.mark.parametrize("language", list(Language))
@given(text=st.text(max_size=LONGEST_TEXT))
def test_whatever_passes_can_be_listened_to(language: Language, text: str) -> None:
    wording = Wording("", "", text, text)

    flaws: tuple[Flaw, ...] = find_flaws(GuideKind.STEPS, [wording], {language: FRAMES[language]})

    assert flaws or entry_seconds(wording, language, FRAMES[language]) <= LONGEST_PROMPT_SECONDS
