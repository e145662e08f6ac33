"""The report of what the tests hear of the menu."""

from ivr.flow import NODES
from policies.languages import Language
from tests.flow_coverage import list_gaps, write_report


def test_a_place_heard_in_one_language_only_is_a_gap_in_the_other() -> None:
    everything = {(node, str(language)) for node in NODES for language in Language}

    assert list_gaps(everything) == []
    assert list_gaps(everything - {("offer", "en"), ("closing", "zh-CN")}) == [("closing", "zh-CN"), ("offer", "en")]


def test_the_report_says_of_each_place_how_many_tests_hear_it() -> None:
    lines = list(write_report({("offer", "zh-CN"): {"one", "two"}}))

    offer = next(line for line in lines if line.startswith("offer "))
    assert offer.split() == ["offer", "2", "never"]
    assert len(lines) == len(NODES) + 1
