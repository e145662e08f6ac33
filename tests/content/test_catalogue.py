"""What callers hear must be short enough for a telephone (H2)."""

from itertools import groupby

import pytest

from cli.demo_city.content import list_faults, read_rows

LONGEST_SECONDS = 20
CHINESE_CHARACTERS_PER_SECOND = 4
ENGLISH_WORDS_PER_SECOND = 2.5
KEYS = range(1, 6)

STEPS = read_rows("catalogue/troubleshooting")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step['fault']}-{step['position']}")
def test_a_spoken_step_takes_less_than_twenty_seconds_in_both_languages(step: dict[str, str]) -> None:
    assert len(step["text"]) / CHINESE_CHARACTERS_PER_SECOND < LONGEST_SECONDS
    assert len(step["text_en"].split()) / ENGLISH_WORDS_PER_SECOND < LONGEST_SECONDS


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
    for name in ("families", "products", "skills", "faults", "troubleshooting"):
        for row in read_rows(f"catalogue/{name}"):
            assert None not in row, row
            assert all(row.values()), row


def test_products_and_faults_refer_to_families_and_skills_that_exist() -> None:
    families = {row["code"] for row in read_rows("catalogue/families")}
    skills = {row["code"] for row in read_rows("catalogue/skills")}

    assert {row["family"] for row in read_rows("catalogue/products")} == families
    assert {fault.skill for fault in list_faults()} <= skills
