import re
from string import Formatter

import pytest

from operations.complaint_messages import LONGEST_TOLD
from outbox.templates import UnknownTemplate, find_template, load_templates
from policies.languages import Language
from simulator.segments import count_segments

MOST_SEGMENTS = {Language.ZH: 2, Language.EN: 2}
# The longest of what each placeholder can be, in each language.
VALUES = {
    Language.ZH: {
        "number": "12345678",
        "technician": "欧阳建国",
        "technician_number": "T1234",
        "window": "11月23日(周一)08:00-10:00",
        "deadline": "明天晚上10点40分",
        "hotline": "+862150000000",
        "serial": "LV-2A345678901234567890",
        "minutes": 30,
        "eta": "08:45",
        "reason": "师傅在上一家延误",
        "count": 12,
        "link": "https://onecall.example/r/abcdefghijkl",
        "code": "K7PD",
        "example": "K7PD",
        "first_time": "08:45",
        "time": "08:45",
        "address": "静安区南京西路1234弄56号7楼",
        "product": "光影二号投影机",
        "changes": "K7PD改到12:00、取消HERE",
        "state": "无法进门",
        "wanted": "已出发",
        "customer": "上海市第一中级中学",
        "phone": "+8613800000001",
        "hours": 4,
        "clock": "24小时内说明投诉处理",
        "text": "师傅明天上午先给您打电话，请放心。",
        "service_point": "上海浦东便民服务网点",
        "until": "11月23日(周一)22:40",
        "trouble": "没有图像",
        "owner": "欧阳建国",
        "improvement": "改" * LONGEST_TOLD,
        "day": "公司成立纪念日",
        "return_number": "RMA26-000123",
        "amount": "¥123,456.00",
        "days": 5,
        "receipt": "R26-000123",
        "agreement": "A2026-000123",
        "date": "2026-12-31",
    },
    Language.EN: {
        "number": "12345678",
        "technician": "Ouyang Jianguo",
        "technician_number": "T1234",
        "window": "23 Nov (the day after tomorrow) 08:00-10:00",
        "deadline": "the day after tomorrow at 10:40 PM",
        "hotline": "+862150000000",
        "serial": "LV-2A345678901234567890",
        "minutes": 30,
        "eta": "08:45",
        "reason": "the visit before takes longer",
        "count": 12,
        "link": "https://onecall.example/r/abcdefghijkl",
        "code": "K7PD",
        "example": "K7PD",
        "first_time": "08:45",
        "time": "08:45",
        "address": "56, Lane 1234, 1 Nanjing West Road",
        "product": "Lumen Two projector",
        "changes": "K7PD now 12:00, cancelled HERE",
        "state": "no access",
        "wanted": "on the way",
        "customer": "Shanghai First School",
        "phone": "+8613800000001",
        "hours": 4,
        "clock": "Workshop in 5 working days",
        "text": "The technician will ring you before he comes.",
        "service_point": "Pudong Service Point",
        "until": "23 Nov (Mon) 22:40",
        "trouble": "no picture",
        "owner": "Ouyang Jianguo",
        "improvement": "x" * LONGEST_TOLD,
        "day": "company anniversary",
        "return_number": "RMA26-000123",
        "amount": "¥123,456.00",
        "days": 5,
        "receipt": "R26-000123",
        "agreement": "A2026-000123",
        "date": "2026-12-31",
    },
}
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
