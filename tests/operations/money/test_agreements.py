"""Agreements approved by another, never two for one thing, and visits taken and given back (C6, M2)."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import insert, inspect

from models import Agreement, Asset
from models.database import Database
from operations.clocks.commitments import find_commitment
from operations.money.agreements import (
    AgreementEmpty,
    AgreementOverlap,
    AgreementOwnApproval,
    AllowanceUsedUp,
    approve_agreement,
    end_agreement,
    give_visit_back,
    list_renewals_due,
    use_visit,
)
from operations.money.entitlement import count_visits_left
from policies.agreements import AgreementKind, AgreementMoveRefused, AgreementState
from policies.commitments import CommitmentKind
from tests.factories.agreements import make_agreement
from tests.factories.city import City, open_visit
from tests.factories.instants import NIGHT, hours

DRAFT = AgreementState.DRAFT


def test_a_draft_is_put_in_force_by_somebody_who_did_not_write_it(database: Database, city: City) -> None:
    with database.writing() as session:
        agreement = make_agreement(session, session.get_one(Asset, city.assets[0].id), state=DRAFT)

        with pytest.raises(AgreementOwnApproval):
            approve_agreement(session, agreement=agreement, by="clerk", now=NIGHT)
        approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)

        assert (agreement.state, agreement.approved_by) == (AgreementState.APPROVED, "manager")
        with pytest.raises(AgreementMoveRefused):
            approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)


@pytest.mark.parametrize(
    ("changed", "is_refused"),
    [
        ({}, True),
        ({"from_on": dt.date(2026, 12, 31), "until_on": dt.date(2027, 12, 31)}, True),
        ({"from_on": dt.date(2027, 1, 1), "until_on": dt.date(2028, 1, 1)}, False),
        ({"kind": AgreementKind.PACKAGE}, False),
        ({"asset_id": None}, False),
    ],
    ids=["the same year", "one day of it", "the year after", "a package beside it", "all machines beside one"],
)
def test_a_second_agreement_for_the_same_thing_in_the_same_time_is_refused(
    database: Database,
    city: City,
    changed: dict[str, object],
    is_refused: bool,  # noqa: FBT001
) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        make_agreement(session, asset)
        make_agreement(session, session.get_one(Asset, city.assets[1].id))
        second = make_agreement(session, asset, state=DRAFT, **changed)

        if is_refused:
            with pytest.raises(AgreementOverlap):
                approve_agreement(session, agreement=second, by="manager", now=NIGHT)
        else:
            approve_agreement(session, agreement=second, by="manager", now=NIGHT)

        assert second.state is (DRAFT if is_refused else AgreementState.APPROVED)


def test_an_agreement_that_covers_nothing_is_not_approved(database: Database, city: City) -> None:
    with database.writing() as session:
        agreement = make_agreement(session, session.get_one(Asset, city.assets[0].id), state=DRAFT)
        session.delete(agreement.lines.pop())

        with pytest.raises(AgreementEmpty):
            approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=12))
def test_an_allowance_is_never_overdrawn_nor_given_back_twice(
    database: Database, city: City, steps: list[tuple[bool, int]]
) -> None:
    with database.writing() as session:
        line = make_agreement(session, session.get_one(Asset, city.assets[0].id), allowance_visits=2).lines[0]
        requests = [open_visit(session, city).request for _ in range(3)]
        taken: set[int] = set()
        for is_taken, index in steps:
            if not is_taken:
                gave = give_visit_back(session, line=line, request=requests[index], by="clerk", now=NIGHT)
                assert (gave is not None) == (index in taken)
                taken -= {index}
            elif index in taken or len(taken) < 2:
                use_visit(session, line=line, request=requests[index], by="clerk", now=NIGHT)
                taken |= {index}
            else:
                with pytest.raises(AllowanceUsedUp):
                    use_visit(session, line=line, request=requests[index], by="clerk", now=NIGHT)

            assert count_visits_left(line) == 2 - len(taken)


def test_the_shortest_response_time_in_force_sets_the_clocks_of_a_report(database: Database, city: City) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        make_agreement(session, asset, response_hours=8, restoration_hours=48)
        shorter = make_agreement(session, asset, response_hours=4, kind=AgreementKind.PACKAGE, asset_id=None)
        make_agreement(session, asset, response_hours=2, state=DRAFT)

        agreed = open_visit(session, city).request
        usual = open_visit(session, city, customer=1).request
        later = open_visit(session, city, opened_at=NIGHT + dt.timedelta(days=60)).request

        on_site = find_commitment(session, request_id=agreed.id, kind=CommitmentKind.ON_SITE)
        assert (on_site.deadline_at, on_site.agreement) == (NIGHT + hours(4), shorter.number)
        working = find_commitment(session, request_id=agreed.id, kind=CommitmentKind.RESTORATION)
        assert working.deadline_at == NIGHT + hours(48)
        for request, opened_at in ((usual, NIGHT), (later, NIGHT + dt.timedelta(days=60))):
            clock = find_commitment(session, request_id=request.id, kind=CommitmentKind.ON_SITE)
            assert (clock.deadline_at, clock.agreement) == (opened_at + hours(24), None)


def test_the_office_is_reminded_before_an_agreement_ends_and_not_after(database: Database, city: City) -> None:
    with database.writing() as session:
        agreement: Agreement = make_agreement(session, session.get_one(Asset, city.assets[0].id))

        days = [dt.date(2026, 12, 1), dt.date(2026, 12, 2), dt.date(2026, 12, 31), dt.date(2027, 1, 1)]
        reminded = [list_renewals_due(session, today=day) == [agreement] for day in days]

        assert reminded == [False, True, True, False]
        end_agreement(session, agreement=agreement, reason="sold the house", by="manager", now=NIGHT)
        assert list_renewals_due(session, today=days[1]) == []


def test_agreements_that_ran_out_keep_nobody_from_hearing_that_another_one_ends(database: Database, city: City) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        long_ago = {"from_on": dt.date(2019, 1, 1), "until_on": dt.date(2020, 1, 1)}
        one = make_agreement(session, asset)
        gone = {column.key: getattr(one, column.key) for column in inspect(Agreement).columns if column.key != "id"}
        session.execute(insert(Agreement), [{**gone, **long_ago, "number": f"OLD-{number}"} for number in range(200)])

        assert [one.until_on for one in list_renewals_due(session, today=dt.date(2026, 12, 2))] == [dt.date(2027, 1, 1)]
