import unicodedata

import pytest
from hypothesis import given, strategies as st

from policies.request_numbers import VISIT_CODE_LENGTH, VISIT_CODE_LETTERS
from policies.technician_replies import Command, PartWish, Reply, read_part_wish, read_reply

ACCEPT, GO, ARRIVED, DONE, DECLINE = (
    Command.ACCEPT,
    Command.ON_THE_WAY,
    Command.ARRIVED,
    Command.DONE,
    Command.DECLINE,
)
LATE, PART, HELP, NO_ACCESS = Command.LATE, Command.NEED_PART, Command.NEED_HELP, Command.NO_ACCESS
UNDERSTOOD = [
    ("1K7PD", ACCEPT, "K7PD"),
    ("2K7PD", GO, "K7PD"),
    ("3k7pd", ARRIVED, "K7PD"),
    ("4 K7PD", DONE, "K7PD"),
    ("9K7PD", DECLINE, "K7PD"),
    ("accept K7PD", ACCEPT, "K7PD"),
    ("Accept, k7pd!", ACCEPT, "K7PD"),
    ("k7pd accept", ACCEPT, "K7PD"),
    ("K7PD1", ACCEPT, "K7PD"),
    ("on the way K7PD", GO, "K7PD"),
    ("k7pd On  My Way", GO, "K7PD"),
    ("otw K7PD", GO, "K7PD"),
    ("arrived K7PD.", ARRIVED, "K7PD"),
    ("done: K7PD", DONE, "K7PD"),
    ("finished K7PD", DONE, "K7PD"),
    ("decline K7PD", DECLINE, "K7PD"),
    ("接单K7PD", ACCEPT, "K7PD"),
    ("K7PD 收到", ACCEPT, "K7PD"),
    ("出发 K7PD", GO, "K7PD"),
    ("已出发K7PD", GO, "K7PD"),
    ("到达 k7pd", ARRIVED, "K7PD"),
    ("已到达K7PD", ARRIVED, "K7PD"),
    ("到K7PD", ARRIVED, "K7PD"),
    ("完成K7PD。", DONE, "K7PD"),
    ("K7PD，好了", DONE, "K7PD"),
    ("退单 K7PD", DECLINE, "K7PD"),
    ("１ｋ７ｐｄ。", ACCEPT, "K7PD"),
    ("２　Ｋ７ＰＤ", GO, "K7PD"),
    ("  3\tK7PD\n", ARRIVED, "K7PD"),
    ("22222", GO, "2222"),
    ("here HERE", ARRIVED, "HERE"),
    ("1", ACCEPT, None),
    ("ok", ACCEPT, None),
    ("收到", ACCEPT, None),
    ("done", DONE, None),
    ("到了", ARRIVED, None),
    ("acept K7PD", ACCEPT, "K7PD"),
    ("arived k7pd", ARRIVED, "K7PD"),
    ("K7PD finshed", DONE, "K7PD"),
    ("8K7PD", NO_ACCESS, "K7PD"),
    ("家里没人 K7PD", NO_ACCESS, "K7PD"),
]
WITH_TIMES = [
    ("2K7PD 25", Reply(GO, "K7PD", 25)),
    ("出发K7PD 25分钟", Reply(GO, "K7PD", 25)),
    ("k7pd on the way, eta 25 min", Reply(GO, "K7PD", 25)),
    ("K7PD 出发 预计10:40", Reply(GO, "K7PD", None, "10:40")),
    ("2K7PD 10点05到", Reply(GO, "K7PD", None, "10:05")),
    ("5K7PD 20", Reply(LATE, "K7PD", 20)),
    ("５Ｋ７ＰＤ　２０", Reply(LATE, "K7PD", 20)),
    ("late 20 K7PD", Reply(LATE, "K7PD", 20)),
    ("late 20 min k7pd", Reply(LATE, "K7PD", 20)),
    ("K7PD late 20 minutes", Reply(LATE, "K7PD", 20)),
    ("running late K7PD 10:40", Reply(LATE, "K7PD", None, "10:40")),
    ("晚到20分钟 K7PD", Reply(LATE, "K7PD", 20)),
    ("K7PD晚点20分", Reply(LATE, "K7PD", 20)),
    ("晚点20", Reply(LATE, None, 20)),
]
WITH_NOTES = [
    ("9K7PD 车坏了", Reply(DECLINE, "K7PD", note="车坏了")),
    ("9K7PD车坏了", Reply(DECLINE, "K7PD", note="车坏了")),
    ("decline K7PD: car broke down", Reply(DECLINE, "K7PD", note="car broke down")),
    ("退单 车坏了 K7PD", Reply(DECLINE, "K7PD", note="车坏了")),
    ("6K7PD 灯泡", Reply(PART, "K7PD", note="灯泡")),
    ("K7PD 缺配件 灯泡LX-2", Reply(PART, "K7PD", note="灯泡LX-2")),
    ("need a part K7PD lamp", Reply(PART, "K7PD", note="lamp")),
    ("7K7PD", Reply(HELP, "K7PD")),
    ("help k7pd wiring burnt", Reply(HELP, "K7PD", note="wiring burnt")),
    ("求助", Reply(HELP, None)),
]
NOT_UNDERSTOOD = [
    "",
    " ",
    "。",
    "K7PD",
    "hello",
    "你好",
    "5K7PD",
    "1K7P",
    "1K7PDX",
    "1K7P0",
    "1K7PB",
    "accept K7PD and HERE",
    "I will accept K7PD tomorrow",
    "不接单K7PD",
    "11",
    "1 2K7PD",
    "1\x00K7PD K7PD",
    "late K7PD",
    "5K7PD 0",
    "5K7PD 999",
    "unaccepted K7PD",
    "not done K7PD",
    "undone K7PD",
]
WORDS = {ACCEPT: ["1", "accept", "接单"], GO: ["2", "on the way", "出发"], ARRIVED: ["3", "arrived", "到达"]} | {
    DONE: ["4", "done", "完成"],
    DECLINE: ["9", "decline", "退单"],
    PART: ["6", "need part", "缺配件"],
    HELP: ["7", "need help", "求助"],
    NO_ACCESS: ["8", "no access", "没人"],
}
WITHOUT_NUMBERS = sorted(WORDS)
"""Being late takes a number and has tests of its own."""
codes = st.text(VISIT_CODE_LETTERS, min_size=VISIT_CODE_LENGTH, max_size=VISIT_CODE_LENGTH)


@pytest.mark.parametrize(("text", "command", "code"), UNDERSTOOD)
def test_a_text_is_understood_in_either_language_however_it_is_spelt(
    text: str, command: Command, code: str | None
) -> None:
    assert read_reply(text) == Reply(command, code)


@pytest.mark.parametrize(("text", "reply"), WITH_TIMES + WITH_NOTES)
def test_minutes_times_and_reasons_are_read_wherever_they_stand(text: str, reply: Reply) -> None:
    assert read_reply(text) == reply


@given(st.integers(1, 600), codes, st.sampled_from(["5{code} {n}", "late {n} {code}", "{code} 晚到{n}分钟"]))
def test_how_late_is_read_for_any_code_that_is_drawn(minutes: int, code: str, pattern: str) -> None:
    letter_first = "K" + code[1:]

    assert read_reply(pattern.format(code=letter_first, n=minutes)) == Reply(LATE, letter_first, minutes)


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_a_text_that_is_not_certain_is_not_understood(text: str) -> None:
    assert read_reply(text) is None


@given(st.text(max_size=40))
def test_no_text_whatever_makes_us_stumble(text: str) -> None:
    reply = read_reply(text)

    assert reply is None or reply.code is None or set(reply.code) <= set(VISIT_CODE_LETTERS)


@given(
    command=st.sampled_from(WITHOUT_NUMBERS),
    spelling=st.integers(0, 2),
    code=codes,
    between=st.sampled_from(["", " ", "  ", ",", "：", "。"]),
    is_wide=st.booleans(),
)
def test_a_command_before_any_code_is_read_as_written(
    command: Command, spelling: int, code: str, between: str, *, is_wide: bool
) -> None:
    text = WORDS[command][spelling] + between + code
    if is_wide:
        text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
        assert unicodedata.normalize("NFKC", text) != text

    assert read_reply(text) == Reply(command, code)


@given(st.sampled_from(WITHOUT_NUMBERS), st.integers(1, 2), codes, st.sampled_from([" ", ", ", "，"]))
def test_a_command_in_words_after_any_code_is_read_as_written(
    command: Command, spelling: int, code: str, between: str
) -> None:
    assert read_reply(code + between + WORDS[command][spelling]) == Reply(command, code)


@pytest.mark.parametrize(
    ("note", "numbers", "units"),
    [
        ("LV-LAMP6", ("LV-LAMP6",), 1),
        ("lv-lamp6 x2", ("LV-LAMP6",), 2),
        ("3 ＬＶ－ＬＡＭＰ６", ("LV-LAMP6",), 3),
        ("灯泡 LV-LAMP6×2", ("LV-LAMP6",), 2),
        ("lamp LV-LAMP6 2 or 3", ("LAMP", "LV-LAMP6"), 1),
        ("a lamp", ("LAMP",), 1),
        ("", (), 1),
    ],
)
def test_a_note_about_a_part_names_its_number_and_how_many(note: str, numbers: tuple[str, ...], units: int) -> None:
    assert read_part_wish(note) == PartWish(numbers, units)
