import pytest

from policies.clocks.rules import ClockRuleMalformed, Step, read_rule, step_offset, write_rule
from policies.clocks.timers import TimerState, move_timer
from policies.figures import DEFAULT_FIGURES
from tests.factories.clocks import RULES, delivered_rule
from tests.factories.instants import hours, minutes

ON_SITE = next(rule for rule in RULES if rule["kind"] == "on_site")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"kind": "two words"}, "kind: 'two words' is no word"),
        ({"kind": "x" * 33}, "is no word of at most 32"),
        ({"names": {"en": "only English"}}, "on_site: names"),
        ({"started_by": []}, "started_by and met_by each need an event"),
        ({"met_by": "visit_arrived"}, "met_by: a list of words"),
        ({"withdrawn_by": [1]}, "withdrawn_by: a list of words"),
        ({"target": {}}, "target: one of seconds, minutes, hours, workdays, figure, agreed"),
        ({"target": {"hours": 1, "minutes": 2}}, "target: one of"),
        ({"target": {"weeks": 1}}, "is no length of time"),
        ({"target": {"hours": -1}}, "is no length of time"),
        ({"target": {"hours": True}}, "is no length of time"),
        ({"target": {"figure": "no_such_hours"}}, "is no length of time"),
        ({"target": {"figure": "publish_at_local"}}, "is no length of time"),
        ({"steps": [{"name": ""}]}, "step '': a name"),
        ({"steps": [{"name": "warn", "percent": 1.5}]}, "step 'warn': percent and minutes are whole"),
        ({"steps": [{"name": "warn", "percent": 1001}]}, "step 'warn': percent lies between"),
        ({"steps": [{"name": "warn", "tells": "the king"}]}, "step 'warn': tells one of desk, technician"),
        ({"steps": [{"name": "warn"}, {"name": "warn"}]}, "two steps have the same name"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_and_says_where(changed: dict, says: str) -> None:
    with pytest.raises(ClockRuleMalformed, match=says):
        read_rule(ON_SITE | changed, DEFAULT_FIGURES)


@pytest.mark.parametrize("document", RULES, ids=lambda rule: rule["kind"])
def test_a_delivered_rule_is_written_for_a_proof_without_naming_a_figure(document: dict) -> None:
    written = write_rule(delivered_rule(document["kind"]))

    assert "figure" not in written["target"]
    assert written["started_by"] == sorted(document["started_by"])
    assert read_rule(written, DEFAULT_FIGURES).target == delivered_rule(document["kind"]).target


@pytest.mark.parametrize(
    ("percent", "before_or_after", "due"),
    [(75, 0, hours(18)), (100, 30, hours(24.5)), (100, -60, hours(23)), (0, 20, minutes(20)), (0, -5, hours(0))],
)
def test_a_step_is_due_at_a_share_of_the_target_or_minutes_from_it(
    percent: int, before_or_after: int, due: object
) -> None:
    step = Step("warn", percent, before_or_after, delivered_rule("on_site").steps[0].tells)

    assert step_offset(step, hours(24)) == due


def test_a_fired_timer_stays_fired_and_a_stopped_one_waits_again_with_its_clock() -> None:
    assert move_timer(TimerState.FIRED, is_over=True) is TimerState.FIRED
    assert move_timer(TimerState.WAITING, is_over=True) is TimerState.STOPPED
    assert move_timer(TimerState.STOPPED, is_over=False) is TimerState.WAITING
