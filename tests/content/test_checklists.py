"""The rules of the manual, one by one, in both languages (V2)."""

from collections import Counter

from operations.fieldwork.checklists import is_answerable, load_checklist, required_codes
from policies.languages import Language
from policies.request_kinds import RequestKind
from policies.work_reports import ChecklistMoment


def test_every_rule_of_the_manual_is_an_item_of_its_own() -> None:
    groups = Counter(item.group for item in load_checklist())

    assert groups["five_ones"] == 5
    assert groups["nine_donts"] == 9
    assert groups["three_uniforms"] == 3
    assert groups["sentences"] == 2
    assert groups["words_never_to_say"] >= 5
    assert {"work_done", "parts_cleared", "site_clean"} <= {item.code for item in load_checklist()}


def test_every_item_has_its_own_words_in_both_languages() -> None:
    for language in Language:
        texts = [item.text_in(language) for item in load_checklist()]
        assert all(texts)
        assert len(set(texts)) == len(texts)


def test_words_never_to_say_are_read_and_not_answered() -> None:
    rules = [item for item in load_checklist() if item.moment is ChecklistMoment.RULES]

    assert rules
    assert not any(is_answerable(item.code) for item in rules)
    assert not {item.code for item in rules} & required_codes(RequestKind.REPAIR)


def test_an_item_that_does_not_exist_cannot_be_answered() -> None:
    assert not is_answerable("nothing_like_it")
    assert is_answerable("one_cloth")


def test_an_installation_has_items_of_its_own_and_none_that_are_about_a_fault() -> None:
    """V8: options proposed, alterations consented, each step photographed, commissioned, manuals handed over."""
    installation, repair = (required_codes(kind) for kind in (RequestKind.INSTALLATION, RequestKind.REPAIR))

    assert installation - repair == {
        "offer_options",
        "ask_alterations",
        "photograph_steps",
        "record_commissioning",
        "hand_over_manuals",
    }
    assert repair - installation == {"explain_diagnosis", "work_done"}
    assert "teach_use" in installation
