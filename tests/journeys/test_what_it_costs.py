"""What would it cost? The hotline says the prices that the settlement will take (H9, M3)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import Asset
from policies.languages import Language
from tests.databases import ON_SQLITE_ALONE
from tests.factories.prices import make_price_list
from tests.town import Town

WANG = "+8613800000001"


@pytest.fixture
def old_machine(town: Town) -> Town:
    """His machine is out of warranty, and the price list is in force."""
    with town.services.database.writing() as session:
        asset = session.scalars(select(Asset).order_by(Asset.id)).first()
        assert asset is not None
        asset.purchased_on = asset.invoiced_on = dt.date(2020, 3, 1)
    return town


def ask(town: Town, language: Language) -> list[str]:
    call = town.phone(WANG).dial(town.hotline)
    for key in [*(["9"] if language is Language.EN else []), "3", "2", "1"]:
        call.press(key)
    said = call.listen()
    call.hang_up()
    return said


@ON_SQLITE_ALONE
def test_out_of_warranty_the_prices_of_coming_and_working_are_said(old_machine: Town) -> None:
    assert not any("每小时" in sentence for sentence in ask(old_machine, Language.ZH)), "there is no price list yet"
    with old_machine.services.database.writing() as session:
        make_price_list(session)

    assert any("上门费50元，工时每小时120元" in sentence for sentence in ask(old_machine, Language.ZH))
    english = " ".join(ask(old_machine, Language.EN))
    assert "A visit costs 50 yuan, an hour of work 120 yuan" in english
