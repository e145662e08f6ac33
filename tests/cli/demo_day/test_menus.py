import json
from collections.abc import Sequence

import pytest

from cli.demo_city.content import CONTENT
from cli.demo_day.menus import LostInMenus, Wish, follow_menus
from policies.languages import Language

WISH = Wish(product="岚映家用投影机 P210", fault="灯亮但没有图像", serial_tail="004512")


class FakeCall:
    """Says one page after the other, whatever is pressed, and remembers what was."""

    def __init__(self, pages: Sequence[Sequence[str]]) -> None:
        self._pages = list(pages)
        self.pressed: list[str] = []

    @property
    def is_over(self) -> bool:
        return not self._pages

    def listen(self) -> list[str]:
        return list(self._pages[0]) if self._pages else ["再见。"]

    def press(self, keys: str) -> None:
        self.pressed.append(keys)
        self._pages.pop(0)


def say(name: str, language: Language = Language.ZH, /, **values: object) -> str:
    prompts = json.loads((CONTENT / "prompts" / f"{language}.json").read_text(encoding="utf-8"))
    return str(prompts[name].format(**values))


BOOKED = [say("booked", number="1 2", window="明天上午8点到10点", deadline="明天晚上"), say("booked_choice")]
MAIN = [say("greeting_known", name="王伟"), say("main"), "For English, press 9."]


def offer(*windows: str) -> list[str]:
    choices = [say("offer_choice", window=window, key=key) for key, window in enumerate(windows, start=1)]
    last = [say("offer_more", key=len(windows) + 1), say("offer_another_day", key=len(windows) + 2)]
    return [say("offer_intro"), *choices, *last]


def test_a_caller_finds_his_machine_and_fault_by_the_key_in_the_sentence() -> None:
    machines = [say("asset_choice", product=name, key=key) for key, name in (("1", "岚映画屏"), ("2", WISH.product))]
    faults = [say("fault_choice", fault=name, key=key) for key, name in ((1, "开不了机"), (2, WISH.fault))]
    steps = ["请拔下电源。", say("diagnosis_choice")]
    call = FakeCall(
        [
            MAIN,
            [say("asset_intro"), *machines],
            [say("fault_intro"), *faults],
            steps,
            steps,
            offer("明天上午8点到10点"),
            BOOKED,
        ]
    )

    last_words = follow_menus(call, WISH, Language.ZH)

    assert call.pressed == ["1", "2", "2", "2", "2", "1"]
    assert "预约好了" in last_words


def test_somebody_unknown_enters_the_last_digits_of_his_serial() -> None:
    confirm = [say("serial_confirm", digits="0 0 4 5 1 2", product=WISH.product)]
    call = FakeCall([[say("serial")], confirm, BOOKED])

    follow_menus(call, WISH, Language.ZH)

    assert call.pressed == ["004512#", "1"]


def test_somebody_with_more_machines_than_the_menu_offers_asks_for_another() -> None:
    machines = [say("asset_choice", product=name, key=key) for key, name in ((1, "岚映画屏"), (2, "岚映音响"))]
    call = FakeCall([[say("asset_intro"), *machines, say("asset_other", key=3)], [say("serial")], BOOKED])

    follow_menus(call, WISH, Language.ZH)

    assert call.pressed == ["3", "004512#"]


def test_whom_the_first_step_helps_says_so() -> None:
    wish = Wish(WISH.product, WISH.fault, WISH.serial_tail, is_solved_by_phone=True)
    call = FakeCall([["请拔下电源。", say("diagnosis_choice")]])

    follow_menus(call, wish, Language.ZH)

    assert call.pressed == ["1"]


@pytest.mark.parametrize(
    ("rounds", "pressed"),
    [
        ([offer("明天凌晨0点到2点", "明天上午8点到10点", "明天上午10点到中午12点")], ["2"]),
        ([offer("明天凌晨0点到2点", "明天凌晨2点到4点"), offer("明天下午2点到4点")], ["3", "1"]),
        ([offer("明天凌晨0点到2点"), offer("明天凌晨2点到4点")], ["2", "1"]),
    ],
    ids=["by day", "asks once for other times", "takes a night rather than nothing"],
)
def test_nobody_chooses_the_night_who_is_offered_the_day(rounds: list[list[str]], pressed: list[str]) -> None:
    call = FakeCall([*rounds, BOOKED])

    follow_menus(call, WISH, Language.ZH)

    assert call.pressed == pressed


def test_an_english_caller_follows_the_english_menu() -> None:
    wish = Wish("Lanvue Home Projector P210", "light but no picture", "004512")
    faults = [say("fault_choice", Language.EN, fault="no power", key=1)]
    faults += [say("fault_choice", Language.EN, fault=wish.fault, key=2)]
    booked = say("booked", Language.EN, number="1 2", window="tomorrow", deadline="tomorrow")
    call = FakeCall([[say("main", Language.EN)], faults, [booked]])

    follow_menus(call, wish, Language.EN)

    assert call.pressed == ["1", "2"]


def test_a_menu_nobody_understands_is_an_error_that_quotes_it() -> None:
    with pytest.raises(LostInMenus, match="abracadabra"):
        follow_menus(FakeCall([["abracadabra"]]), WISH, Language.ZH)
