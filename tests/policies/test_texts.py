"""What a text of the organisation's own may say (H2): every text of the product passes, and each flaw is named."""

import string

import pytest
from hypothesis import given, strategies as st

from operations.versions.texts import load_samples
from outbox.texts import shipped_text, shipped_texts
from policies.languages import Language
from policies.sms_segments import count_sms_segments
from policies.texts import TextFlaw, TextKind, TextTrouble, find_text_flaws, placeholders_of
from simulator.segments import count_segments

MAIN = shipped_text(TextKind.PROMPT, "main", Language.EN)
SAMPLES = load_samples(Language.EN)


def flaws_of(text: str, shipped: str, kind: TextKind = TextKind.SMS) -> set[tuple[TextTrouble, str]]:
    found = find_text_flaws(kind, text=text, shipped=shipped, samples=SAMPLES, language=Language.EN)
    return {(flaw.trouble, flaw.about) for flaw in found}


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize("language", Language)
def test_every_text_of_the_product_could_be_an_own_one(kind: TextKind, language: Language) -> None:
    flaws: dict[str, tuple[TextFlaw, ...]] = {
        name: find_text_flaws(kind, text=text, shipped=text, samples=load_samples(language), language=language)
        for name, text in shipped_texts(kind, language).items()
    }

    assert {name: found for name, found in flaws.items() if found} == {}


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize("language", Language)
def test_everything_that_is_filled_in_has_a_sample_to_try_it_with(kind: TextKind, language: Language) -> None:
    wanted = {name for text in shipped_texts(kind, language).values() for name in placeholders_of(text)}

    assert wanted - set(load_samples(language)) == set()


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        (" ", (TextTrouble.MISSING, "")),
        ("Call {hotline", (TextTrouble.BROKEN_BRACES, "")),
        ("Call {hotline} {price} {link}", (TextTrouble.UNKNOWN_PLACEHOLDER, "price")),
        ("{hotline.__class__} {link}", (TextTrouble.UNKNOWN_PLACEHOLDER, "hotline.__class__")),
        ("{hotline!r} {hotline:>9} {} {link}", (TextTrouble.UNKNOWN_PLACEHOLDER, ", hotline!r, hotline:>9")),
        ("Call {hotline}", (TextTrouble.LOST_PLACEHOLDER, "link")),
        ("Call {hotline}\n{link}", (TextTrouble.UNSENDABLE, "")),
        ("Call {hotline} {link}\u202e", (TextTrouble.UNSENDABLE, "")),
        ("{link}" + "x" * 400, (TextTrouble.TOO_MANY_SEGMENTS, "3")),
        ("{link}" + "x" * 1000, (TextTrouble.TOO_MANY_CHARACTERS, "1000")),
    ],
)
def test_what_is_wrong_with_a_message_is_named(text: str, flaw: tuple[TextTrouble, str]) -> None:
    assert flaw in flaws_of(text, "See {link}, or call {hotline}.")


def test_a_prompt_names_every_key_it_named_and_is_heard_in_twenty_seconds() -> None:
    without_complaints = MAIN.replace("For a complaint, press 4. ", "")

    assert flaws_of(without_complaints, MAIN, TextKind.PROMPT) == {(TextTrouble.LOST_KEY, "4")}
    assert flaws_of(MAIN + " word" * 50, MAIN, TextKind.PROMPT) == {(TextTrouble.TOO_LONG_TO_HEAR, "34")}
    assert (
        flaws_of("Faults 1, requests 2, parts 3, complaints 4, questions 5, a person 0.", MAIN, TextKind.PROMPT)
        == set()
    )


@given(st.text(st.sampled_from(string.ascii_letters + "€{}好😀 "), max_size=500))
def test_texts_are_counted_as_a_carrier_counts_them_and_never_as_fewer(text: str) -> None:
    # What takes two places is never cut in two, which a plain division does not know.
    assert count_segments(text) <= count_sms_segments(text) <= count_segments(text) + 1


@given(st.text(max_size=60))
def test_whatever_is_typed_is_either_refused_or_can_be_filled(text: str) -> None:
    if not flaws_of(text, "See {link}, or call {hotline}."):
        assert placeholders_of(text) <= {"link", "hotline"}
        text.format_map({"link": "https://onecall.example", "hotline": "+862150000000"})
