import pytest
from sqlalchemy import text

from models import AccessLink, Shift
from models.database import Database
from operations.foundation.links import LinkNotValid, make_route_link, open_link
from policies.roles import LinkPurpose
from tests.factories.city import HOUSE, City
from tests.factories.instants import NIGHT, hours, seconds
from tests.factories.looking import looking


@pytest.fixture
def secret(database: Database, city: City) -> str:
    with database.writing() as session:
        make_route_link(session, shift=session.get_one(Shift, city.shifts[1].id), house=HOUSE, now=NIGHT)
        link = make_route_link(session, shift=session.get_one(Shift, city.shifts[0].id), house=HOUSE, now=NIGHT)
    return link.removeprefix("https://onecall.example/r/")


def opened(database: Database, secret: str, *, after_hours: float = 0) -> int:
    with looking(database) as session:
        return open_link(session, secret=secret, purpose=LinkPurpose.ROUTE, now=NIGHT + hours(after_hours))


def test_a_link_opens_the_route_it_was_made_for(database: Database, city: City, secret: str) -> None:
    assert opened(database, secret) == city.shifts[0].id


def test_a_link_is_good_until_half_a_day_after_the_shift(database: Database, city: City, secret: str) -> None:
    ends = (city.shifts[0].ends_at - NIGHT + hours(12)) / hours(1)

    assert opened(database, secret, after_hours=ends - seconds(1) / hours(1)) == city.shifts[0].id
    with pytest.raises(LinkNotValid):
        opened(database, secret, after_hours=ends)


def test_whatever_is_wrong_with_a_link_is_not_said(database: Database, secret: str) -> None:
    altered = ("A" if secret[0] != "A" else "B") + secret[1:]
    wrong = ["", "?", "x" * 200, altered, secret[:-1], secret + "A", secret.swapcase(), "\x00", "一呼即到"]

    for text_of_link in wrong:
        with pytest.raises(LinkNotValid) as refusal:
            opened(database, text_of_link)
        assert str(refusal.value) == ""


def test_a_link_made_for_something_else_is_refused_like_an_unknown_one(database: Database, secret: str) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE access_links SET purpose = 'survey'"))

    with pytest.raises(LinkNotValid) as refusal:
        opened(database, secret)
    assert str(refusal.value) == ""


def test_who_reads_the_database_cannot_open_a_link(database: Database, secret: str) -> None:
    with looking(database) as session:
        links = session.query(AccessLink).all()

    assert all(secret not in repr(vars(link)) for link in links)
    for link in links:
        with pytest.raises(LinkNotValid):
            opened(database, link.secret_hash)


def test_each_link_is_another_one(database: Database, city: City) -> None:
    with database.writing() as session:
        shift = session.get_one(Shift, city.shifts[0].id)
        links = {make_route_link(session, shift=shift, house=HOUSE, now=NIGHT) for _ in range(20)}

    assert len(links) == 20
    assert all(len(link) < 45 for link in links)  # it has to fit an SMS
