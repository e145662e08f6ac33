from pathlib import Path

import pytest

from tools.mutants import ROOMS, find_places, main

RULE = '''
@cache(size=60)
def is_due(minutes: int | None) -> bool:
    """Tell it."""
    return minutes is not None and minutes >= 60
'''


def test_what_is_changed_is_the_rule_and_neither_its_words_nor_its_types(tmp_path: Path) -> None:
    module = tmp_path / "rule.py"
    module.write_text(RULE, encoding="utf-8")

    places = find_places(module)

    assert {line for line, _column in places} == {5}
    changes = {each.operator_name.removeprefix("core/") for found in places.values() for each in found}
    assert {"ReplaceComparisonOperator_GtE_Gt", "ReplaceAndWithOr", "NumberReplacer"} <= changes
    # None is one of a kind: to be it and to equal it are the same.
    assert "ReplaceComparisonOperator_IsNot_NotEq" not in changes


def test_every_room_has_rules_and_tests_that_are_there() -> None:
    for room in ROOMS:
        for path in (room.module, *room.tests.split()):
            assert Path(path).exists(), path


@pytest.mark.proof
def test_a_change_that_tests_notice_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("policies/offers.py").read_bytes()

    assert main(["--only", "policies/offers", "--sample", "1"]) == 0

    assert "policies/offers.py" in capsys.readouterr().out
    assert Path("policies/offers.py").read_bytes() == before
