"""What callers hear must be short enough for a telephone (H2)."""

import json
from itertools import groupby

import pytest

from cli.demo_city.content import CONTENT, list_faults, read_rows

LONGEST_SECONDS = 20
CHINESE_CHARACTERS_PER_SECOND = 4
ENGLISH_WORDS_PER_SECOND = 2.5
KEYS = range(1, 6)

STEPS = read_rows("catalogue/troubleshooting")


def load_prompts(language: str) -> dict[str, str]:
    prompts: dict[str, str] = json.loads((CONTENT / "prompts" / f"{language}.json").read_text(encoding="utf-8"))
    return prompts


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step['fault']}-{step['position']}")
def test_a_spoken_step_and_its_choice_take_less_than_twenty_seconds_in_both_languages(step: dict[str, str]) -> None:
    chinese, english = load_prompts("zh-CN"), load_prompts("en")

    spoken = chinese["diagnosis_intro"] + step["text"] + chinese["diagnosis_choice"]
    words = [english["diagnosis_intro"], step["text_en"], english["diagnosis_choice"]]

    assert len(spoken) / CHINESE_CHARACTERS_PER_SECOND < LONGEST_SECONDS
    assert len(" ".join(words).split()) / ENGLISH_WORDS_PER_SECOND < LONGEST_SECONDS


def test_every_fault_has_two_to_four_steps_in_order() -> None:
    steps = {fault: [int(row["position"]) for row in rows] for fault, rows in groupby(STEPS, lambda row: row["fault"])}

    assert set(steps) == {fault.code for fault in list_faults()}
    for positions in steps.values():
        assert positions == list(range(1, len(positions) + 1))
        assert 2 <= len(positions) <= 4


def test_every_family_has_at_most_five_faults_on_the_keys_from_one() -> None:
    families = {row["code"] for row in read_rows("catalogue/families")}

    for family in families:
        positions = sorted(fault.position for fault in list_faults() if fault.family == family)
        assert positions == list(KEYS)[: len(positions)]
    assert {fault.family for fault in list_faults()} == families


def test_no_cell_of_the_catalogue_is_empty_or_too_many() -> None:
    for name in ("families", "products", "skills", "faults", "troubleshooting", "questions"):
        for row in read_rows(f"catalogue/{name}"):
            assert None not in row, row
            assert all(row.values()), row


def test_products_and_faults_refer_to_families_and_skills_that_exist() -> None:
    families = {row["code"] for row in read_rows("catalogue/families")}
    skills = {row["code"] for row in read_rows("catalogue/skills")}

    assert {row["family"] for row in read_rows("catalogue/products")} == families
    assert {fault.skill for fault in list_faults()} <= skills


@pytest.mark.parametrize("family", [row["code"] for row in read_rows("catalogue/families")])
def test_the_menu_of_a_familys_faults_takes_less_than_twenty_seconds_in_both_languages(family: str) -> None:
    faults = [fault for fault in list_faults() if fault.family == family]

    chinese = load_prompts("zh-CN")
    spoken = chinese["fault_intro"] + "".join(
        chinese["fault_choice"].format(fault=fault.name, key=fault.position) for fault in faults
    )
    english = load_prompts("en")
    words = [
        english["fault_intro"],
        *(english["fault_choice"].format(fault=fault.name_en, key=fault.position) for fault in faults),
    ]

    assert len(spoken) / CHINESE_CHARACTERS_PER_SECOND < LONGEST_SECONDS
    assert len(" ".join(words).split()) / ENGLISH_WORDS_PER_SECOND < LONGEST_SECONDS


@pytest.mark.parametrize("family", [row["code"] for row in read_rows("catalogue/families")])
def test_common_questions_and_their_answers_take_less_than_twenty_seconds_in_both_languages(family: str) -> None:
    rows = [row for row in read_rows("catalogue/questions") if row["family"] == family]
    chinese, english = load_prompts("zh-CN"), load_prompts("en")

    for prompts, suffix, rate in ((chinese, "", CHINESE_CHARACTERS_PER_SECOND), (english, "_en", None)):
        menu = [prompts["answers_choice"].format(question=row[f"question{suffix}"], key=1) for row in rows]
        spoken = ["".join([*menu, prompts["answers_other"]]) if rate else " ".join([*menu, prompts["answers_other"]])]
        spoken += [f"{row[f'answer{suffix}']} {prompts['answer_choice']}" for row in rows]
        for text in spoken:
            seconds = len(text) / rate if rate else len(text.split()) / ENGLISH_WORDS_PER_SECOND
            assert seconds < LONGEST_SECONDS, text

    assert [int(row["position"]) for row in rows] == list(KEYS)[: len(rows)]
    assert 1 <= len(rows) <= 4
