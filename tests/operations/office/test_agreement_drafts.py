"""Drafts of agreements written by several people: none of them approves what they have written on (C6, M2)."""

import pytest

from models import Asset
from models.database import Database
from operations.money.agreements import AgreementOwnApproval, approve_agreement, list_writers
from operations.office.agreement_drafts import LINE_NAMES, lock_draft, new_draft, read_draft, write_draft
from policies.agreements import AgreementState
from tests.factories.city import City
from tests.factories.instants import NIGHT

WAIVED = ("labour_percent", "travel_percent", "main_part_percent", "wear_part_percent")
LINE = dict.fromkeys(LINE_NAMES, "") | dict.fromkeys(WAIVED, "100") | {"covers_misuse": "0"}


def test_nobody_approves_a_draft_they_have_written_on_whoever_wrote_on_it_since(database: Database, city: City) -> None:
    with database.writing() as session:
        customer = session.get_one(Asset, city.assets[0].id).customer
        own = new_draft(session, customer_number=customer.number, now=NIGHT) | {"price": "1200.00"}
        agreement = write_draft(session, own=own, lines=[LINE], standing=None, by="clerk", now=NIGHT)
        for by, price in (("manager", "1300.00"), ("reader", "1300.00"), ("clerk", "1400.00")):
            own, lines = read_draft(session, number=agreement.number)
            standing = lock_draft(session, number=agreement.number)
            agreement = write_draft(
                session, own=own | {"price": price}, lines=lines, standing=standing, by=by, now=NIGHT
            )

        assert list_writers(session, agreement=agreement) == ["clerk", "manager"]
        for writer in ("clerk", "manager"):
            with pytest.raises(AgreementOwnApproval):
                approve_agreement(session, agreement=agreement, by=writer, now=NIGHT)
        approve_agreement(session, agreement=agreement, by="reader", now=NIGHT)
        assert agreement.state is AgreementState.APPROVED
