"""Who pays for a repair: the manual's cases, and what holds for every case there can be (C2, C3, C6)."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from operations.money.entitlement import FACTS, OUTCOME
from policies.entitlement import (
    ChargeableCause,
    ChoiceNotOffered,
    CoveredBy,
    CoverItem,
    CoverLine,
    Entitlement,
    EntitlementFacts,
    LineScope,
    Term,
    decide_entitlement,
)
from policies.warranty import Papers, WarrantyStart
from tests.policies.cases.entitlement import CASES, OLD, bought, facts, line
from tests.policies.cases.table import Case

STORED = Path(__file__).with_name("stored_decisions.json")

DAYS = st.dates(dt.date(2019, 1, 1), dt.date(2031, 12, 31))
PERCENTS = st.sampled_from([0, 20, 50, 100])


@st.composite
def cover_lines(draw: st.DrawFn) -> CoverLine:
    from_on = draw(DAYS)
    return CoverLine(
        draw(st.integers(1, 6)),
        "A",
        draw(st.sampled_from(LineScope)),
        from_on,
        from_on + dt.timedelta(days=draw(st.integers(1, 800))),
        labour_percent=draw(PERCENTS),
        travel_percent=draw(PERCENTS),
        main_part_percent=draw(PERCENTS),
        wear_part_percent=draw(PERCENTS),
        visits_left=draw(st.none() | st.integers(0, 3)),
        covers_misuse=draw(st.booleans()),
    )


ANY_FACTS = st.builds(
    EntitlementFacts,
    on=DAYS,
    papers=st.builds(Papers, st.none() | DAYS, st.none() | DAYS, st.none() | DAYS, has_proof=st.booleans()),
    term=st.builds(Term, st.integers(0, 36), st.integers(0, 12), st.sampled_from(WarrantyStart)),
    causes=st.frozensets(st.sampled_from(ChargeableCause), max_size=2),
    lines=st.lists(cover_lines(), max_size=4, unique_by=lambda one: one.line_id).map(tuple),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_the_manuals_cases_are_decided_as_the_manual_says(case: Case) -> None:
    found = decide_entitlement(case.given)

    assert tuple((cover.percent, cover.reason) for cover in found.items) == case.expected


@given(ANY_FACTS)
def test_every_item_is_decided_once_with_a_payer_who_fits_the_share(given_facts: EntitlementFacts) -> None:
    found = decide_entitlement(given_facts)

    assert [cover.item for cover in found.items] == list(CoverItem)
    for cover in found.items:
        assert 0 <= cover.percent <= 100
        assert (cover.percent == 0) == (cover.covered_by is CoveredBy.NOBODY)
        assert (cover.line_id is not None) == (cover.covered_by is CoveredBy.AGREEMENT)


@given(ANY_FACTS)
def test_an_agreement_never_makes_a_repair_dearer(given_facts: EntitlementFacts) -> None:
    with_agreements = decide_entitlement(given_facts)
    alone = decide_entitlement(
        EntitlementFacts(given_facts.on, given_facts.papers, given_facts.term, given_facts.causes)
    )

    assert all(with_agreements.cover_of(item).percent >= alone.cover_of(item).percent for item in CoverItem)


@given(ANY_FACTS)
def test_of_several_agreements_none_is_picked_silently_and_each_choice_decides(given_facts: EntitlementFacts) -> None:
    found = decide_entitlement(given_facts)

    assert len(found.choices) != 1
    for line_id in found.choices:
        values = {name: getattr(given_facts, name) for name in ("on", "papers", "term", "causes", "lines")}
        chosen = decide_entitlement(EntitlementFacts(**values, chosen_line_id=line_id))
        assert not chosen.needs_choice
        assert chosen.line_id == line_id


@given(ANY_FACTS)
def test_a_decision_stored_and_read_again_is_made_again_to_the_letter(given_facts: EntitlementFacts) -> None:
    stored = json.loads(json.dumps(FACTS.dump_python(given_facts, mode="json")))
    found = decide_entitlement(given_facts)

    assert FACTS.validate_python(stored) == given_facts
    assert decide_entitlement(FACTS.validate_python(stored)) == found
    assert OUTCOME.validate_python(json.loads(json.dumps(OUTCOME.dump_python(found, mode="json")))) == found


@pytest.mark.parametrize("stored", json.loads(STORED.read_text("utf-8")), ids=lambda stored: stored["situation"])
def test_what_was_stored_in_earlier_years_is_still_decided_the_same(stored: dict[str, object]) -> None:
    found: Entitlement = decide_entitlement(FACTS.validate_python(stored["facts"]))

    assert OUTCOME.dump_python(found, mode="json") == stored["outcome"]


def test_a_choice_that_was_not_offered_is_refused() -> None:
    with pytest.raises(ChoiceNotOffered):
        decide_entitlement(facts(bought(OLD), line(1), line(2), chosen_line_id=3))


def test_a_used_up_line_gives_way_to_the_next_less_specific_one() -> None:
    found = decide_entitlement(
        facts(bought(OLD), line(1, visits_left=0, visits_allowed=2), line(2, LineScope.CUSTOMER, labour_percent=30))
    )

    assert (found.cover_of(CoverItem.LABOUR).percent, found.line_id) == (30, 2)


def test_an_agreement_runs_from_its_first_day_until_the_day_before_its_end_and_covers_only_what_it_names() -> None:
    first, end = dt.date(2026, 3, 1), dt.date(2027, 3, 1)
    plain = CoverLine(1, "A", LineScope.ASSET, first, end)

    days = (first - dt.timedelta(days=1), first, end - dt.timedelta(days=1), end)
    assert [plain.is_in_force(day) for day in days] == [False, True, True, False]
    assert [plain.percent_of(item) for item in CoverItem] == [0] * len(CoverItem)
