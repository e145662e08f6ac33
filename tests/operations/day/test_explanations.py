"""Explanations in both languages, for the office and for the customer."""

from __future__ import annotations

import datetime as dt
import json
from string import Formatter

import pytest

from dispatch import Problem, TimeWindow, nearest_technician_plan
from dispatch.explain import Explanation, explain
from dispatch.explain.relaxations import RELAXATIONS
from dispatch.rules import ASSIGNMENT_RULES
from operations.day.explanations import CONTENT, Names, say_rules, tell_customer, tell_office
from policies.languages import Language
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_visit

MIDNIGHT = dt.datetime(2026, 11, 22, 16, tzinfo=dt.UTC)
NAMES = Names(
    technicians={"s1": "李明", "s2": "王强"},
    visits={"old": "12345678"},
    instant=lambda seconds: MIDNIGHT + dt.timedelta(seconds=seconds),
    time_zone="Asia/Shanghai",
)


def explained(problem: Problem) -> Explanation:
    return explain(problem, nearest_technician_plan(problem), "v")


def a_full_day() -> Problem:
    """One technician for gas whose short day another visit fills; somebody else could take that one."""
    old = a_visit("old", 1, time_windows=(TimeWindow(8 * HOUR, 12 * HOUR),), priority=90, deadline_seconds=12 * HOUR)
    wished = a_visit("v", 1, skills={"gas": 1})
    return a_problem([old, wished], [a_shift("s1", skills={"gas": 1}, until_seconds=10 * HOUR), a_shift("s2")])


def test_the_office_reads_who_would_have_to_move_where() -> None:
    said = "\n".join(tell_office(explained(a_full_day()), names=NAMES, language=Language.EN))

    assert "Nobody can come as things stand." in said
    assert "12345678 goes to 王强 at Mon 23 Nov 08:05: then 李明 can come at Mon 23 Nov 08:05." in said


def test_the_office_reads_the_overtime_in_chinese() -> None:
    problem = a_problem([a_visit("v", 1)], [a_shift(until_seconds=8.7 * HOUR)])

    said = "\n".join(tell_office(explained(problem), names=NAMES, language=Language.ZH))

    assert "原因：加班上限。" in said
    assert "李明师傅加班30分钟" in said


@pytest.mark.parametrize("language", list(Language))
def test_a_customer_hears_of_no_other_customer_no_technician_and_no_cost(language: Language) -> None:
    said = "\n".join(tell_customer(explained(a_full_day()), names=NAMES, language=language))

    assert said
    for secret in ("12345678", "李明", "王强", "old", "s1", "s2"):
        assert secret not in said


@pytest.mark.parametrize("language", list(Language))
def test_every_rule_that_can_stand_in_the_way_has_words(language: Language) -> None:
    codes = [*RELAXATIONS, *ASSIGNMENT_RULES, "full", "no_time", "no_room", "no_shift", "skill+territory"]

    assert all(say_rules([code], language=language) for code in codes)


def test_both_languages_have_the_same_sentences_with_the_same_blanks() -> None:
    chinese, english = (json.loads((CONTENT / f"{language}.json").read_text("utf-8")) for language in ("zh-CN", "en"))

    assert chinese.keys() == english.keys()
    assert chinese["rules"].keys() == english["rules"].keys()
    for key in chinese.keys() - {"rules"}:
        assert blanks(chinese[key]) == blanks(english[key]), key


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
