"""The office sees what is handed over, and how service points answer (H13)."""

from flask.testing import FlaskClient
from sqlalchemy import select

from models import ServicePoint, Site
from policies.languages import Language
from tests.town import Town
from tests.web.offices import WANG


def settle_outside(town: Town) -> None:
    with town.services.database.writing() as session:
        for site in session.scalars(select(Site)):
            site.territory_id, site.district = None, "姑苏"
        point = ServicePoint(
            code="suzhou", name="苏州服务站", name_en="Suzhou Service", phone="+8651200000001", language=Language.EN,
            time_zone="Asia/Shanghai", districts=["姑苏"], position=1, is_active=True,
        )  # fmt: skip
        session.add(point)


def test_a_job_that_waits_for_an_answer_is_shown_with_the_time_left(town: Town, dispatcher: FlaskClient) -> None:
    settle_outside(town)
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)
    call.hang_up()

    page = dispatcher.get("/service-points").text

    assert "Suzhou Service" in page
    assert "Asked" in page
    assert "30 min" in page


def test_a_point_that_never_answers_is_counted(town: Town, dispatcher: FlaskClient) -> None:
    test_a_job_that_waits_for_an_answer_is_shown_with_the_time_left(town, dispatcher)
    town.wait(31)

    page = dispatcher.get("/service-points").text

    assert "Nothing is handed over now." in page
    assert "<td>0</td><td>0</td><td>1</td>" in page
