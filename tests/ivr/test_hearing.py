"""Saying it instead of pressing it: a comfort on every menu, in both languages; keys are always enough (H2)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from ivr.flow import NODES, load_menus
from ivr.hearing import MOST_HINTS, list_hints, load_speech, vocabulary_of
from ivr.voices import VOICES
from models import CallEvent, ServiceRequest
from outbox.words import load_prompts
from policies.heard_words import match_heard
from policies.languages import Language
from policies.request_states import RequestState
from simulator.signature import sign
from tests.town import ADDRESS, HOTLINE, TOKEN, Town

WANG = "+8613800000001"


def menus(language: Language) -> Iterator[tuple[str, list[str]]]:
    places = load_speech(language)["places"]
    for name in NODES:
        keys = list(load_menus()[name].keys) if name in load_menus() else list(places.get(name, {}))
        if keys:
            yield name, keys


@pytest.mark.parametrize("language", list(Language))
def test_every_phrase_of_every_menu_means_its_own_key_and_no_other(language: Language) -> None:
    fillers = load_speech(language)["fillers"]
    for name, keys in menus(language):
        vocabulary = vocabulary_of(name, keys, {}, language=language, may_switch=name == "main")
        wrong = {
            phrase: match_heard(phrase, vocabulary, fillers=fillers)
            for key, phrases in vocabulary.items()
            for phrase in phrases
            if match_heard(phrase, vocabulary, fillers=fillers) != key
        }
        assert not wrong, name


@pytest.mark.parametrize("language", list(Language))
def test_every_menu_of_the_flow_can_be_answered_in_words(language: Language) -> None:
    places = load_speech(language)["places"]

    assert {name: set(menu.keys) for name, menu in load_menus().items()} == {
        name: set(places[name]) for name in load_menus()
    }
    assert set(places) <= set(NODES)
    assert set(load_speech(language)["sentences"]) <= set(load_prompts(language))


def test_both_languages_know_the_same_places_and_sentences() -> None:
    mandarin, english = load_speech(Language.ZH), load_speech(Language.EN)

    for part in ("places", "sentences"):
        assert set(mandarin[part]) == set(english[part])


@pytest.mark.parametrize("language", list(Language))
def test_hints_stay_within_twilios_limits(language: Language) -> None:
    many = {"1": [f"phrase {number}" for number in range(700)], "2": ["x" * 101, "a, b"]}

    hints = list_hints(many).split(",")

    assert len(hints) == MOST_HINTS
    assert all(0 < len(hint) <= 100 for hint in hints)
    for name, keys in menus(language):
        spoken = list_hints(vocabulary_of(name, keys, {}, language=language, may_switch=False))
        assert 0 < len(spoken.split(",")) <= MOST_HINTS


def test_a_fault_is_reported_and_a_visit_booked_without_pressing_a_key(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)

    for words in ("我要报修", "光影二号投影机", "没有图像", "没有解决", "还是不行", "第一个"):
        call.say(words)

    call.hears("预约好了")
    call.hang_up()


def test_the_same_in_english(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)

    call.say("英文")
    for words in ("My projector is broken", "the Lumen Two projector", "no picture", "not solved", "no", "the second"):
        call.say(words)

    call.hears("That is booked")
    call.hang_up()


def test_what_is_not_understood_is_asked_for_by_key_and_after_three_times_leads_to_a_person(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)

    for _ in range(2):
        call.say("今天天气不错")
        call.hears("没有听明白，请按键选择")
    call.say("今天天气不错")

    call.hears("请在提示音后留言")
    call.hang_up()


def test_a_person_is_asked_for_in_words_from_anywhere(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("1")

    call.say("转人工")

    call.hears("请在提示音后留言")
    call.hang_up()


def test_a_serial_number_can_be_dictated_and_is_read_back(town: Town) -> None:
    call = town.phone("+447700900123").dial(town.hotline)
    call.press("1")

    call.say("九零幺二三四")

    call.hears("您输入的是9 0，幺 2，3 4")
    call.hang_up()


def answers_of(town: Town) -> list[ET.Element]:
    """Return the documents of the calls so far."""
    answers = [sent.response.body for sent in town.exchange.webhooks.archive if sent.response is not None]
    return [ET.fromstring(body) for body in answers if body]  # noqa: S314 - our own


def say(town: Town, words: str, **more: str) -> None:
    """Book a visit, ask for its cancellation, and say these words to the question whether that is certain."""
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "1", "2", "2", "1", "2"):
        call.press(key)
    call.hears("确定取消")
    gather = answers_of(town)[-1].find("Gather")
    assert gather is not None
    form = {"CallSid": call.sid, "From": WANG, "To": HOTLINE, "SpeechResult": words, **more}
    url = gather.get("action", "")
    headers = {"X-Twilio-Signature": sign(url, form, TOKEN)}
    town.app.test_client().post(url.removeprefix(ADDRESS), data=form, headers=headers)
    call.hang_up()


@pytest.mark.parametrize(
    ("confidence", "state"),
    [
        ({"Confidence": "0.62"}, RequestState.BOOKED),
        ({}, RequestState.BOOKED),
        ({"Confidence": "nan"}, RequestState.BOOKED),
        ({"Confidence": "0.95"}, RequestState.CLOSED),
    ],
)
def test_a_visit_is_cancelled_by_voice_only_when_the_words_are_clear(
    town: Town, confidence: dict[str, str], state: RequestState
) -> None:
    say(town, "确定取消", **confidence)

    with town.services.database.reading() as session:
        assert session.query(ServiceRequest).one().state is state


def test_what_was_said_and_how_sure_the_recogniser_was_is_in_the_log(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.say("我要投诉")
    call.hang_up()

    with town.services.database.reading() as session:
        spoken = session.query(CallEvent).filter_by(kind="speech").one()
        assert (spoken.facts["words"], spoken.facts["keys"]) == ("我要投诉", "4")


@pytest.mark.parametrize("language", list(Language))
def test_menus_listen_in_the_tag_gather_knows_and_numbers_are_spoken_slowly(town: Town, language: Language) -> None:
    call = town.phone(WANG).dial(town.hotline)
    if language is Language.EN:
        call.press("9")
    for key in ("1", "1", "1", "2", "2", "1"):
        call.press(key)
    call.hang_up()

    gathers = [gather for answer in answers_of(town) for gather in answer.iter("Gather")]
    assert all(gather.get("input") == "dtmf speech" for gather in gathers)
    assert gathers[-1].get("language") == VOICES[language].gather_language
    slow = list(gathers[-1].iter("prosody"))
    assert slow
    assert all(element.get("rate") == "85%" and (element.text or "").strip() for element in slow)
