"""The report of what the tests hear of the menu."""

import os

from ivr.flow import NODES
from operations.telephone.calls import log_step, open_call
from policies.languages import Language
from tests.flow_coverage import HEARD, list_gaps, write_report
from tests.town import HOTLINE, Town


def test_a_place_heard_in_one_language_only_is_a_gap_in_the_other() -> None:
    everything = {(node, str(language)) for node in NODES for language in Language}

    assert list_gaps(everything) == []
    assert list_gaps(everything - {("offer", "en"), ("closing", "zh-CN")}) == [("closing", "zh-CN"), ("offer", "en")]


def test_the_report_says_of_each_place_how_many_tests_hear_it() -> None:
    lines = list(write_report({("offer", "zh-CN"): {"one", "two"}}))

    offer = next(line for line in lines if line.startswith("offer "))
    assert offer.split() == ["offer", "2", "never"]
    assert len(lines) == len(NODES) + 1


def test_a_place_counts_when_a_webhook_was_answered_with_it_and_not_when_a_test_wrote_it_down(town: Town) -> None:
    this_test = os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0]
    now = town.clock.now()
    with town.services.database.writing() as session:
        call = open_call(session, call_sid="CA" + "9" * 32, from_number="anonymous", to_number=HOTLINE, now=now)
        call.node = "offer"
        log_step(session, call=call, kind="said", now=now, facts={"prompts": ["offer_intro"]})
    assert not any(this_test in tests for tests in HEARD.values())

    town.phone("anonymous").dial(town.hotline).hang_up()

    assert {place for place, tests in HEARD.items() if this_test in tests} == {("main", "zh-CN")}
