"""Service points as a file: what is wrong is named, what is right is stored once (H13)."""

import pytest

from models import ServicePoint
from models.database import Database
from operations.imports.problems import ImportRefused, Trouble
from operations.imports.service_points import import_service_points

HEADER = "code,name,name_en,phone,language,time_zone,districts,position,is_active"
GOOD = "suzhou,苏州服务站,Suzhou Service,0512 6500 0001,zh-CN,Asia/Shanghai,姑苏; 吴中,1,1"


def take_in(database: Database, *lines: str) -> tuple[int, int, int]:
    with database.writing() as session:
        count = import_service_points(session, data="\n".join([HEADER, *lines]).encode())["service-points"]
    return count.added, count.changed, count.unchanged


def test_a_service_point_is_stored_once_and_changed_by_its_code(database: Database) -> None:
    assert take_in(database, GOOD) == (1, 0, 0)
    assert take_in(database, GOOD) == (0, 0, 1)
    assert take_in(database, GOOD.replace("吴中", "相城")) == (0, 1, 0)

    with database.reading() as session:
        point = session.query(ServicePoint).one()
        assert (point.districts, point.phone) == (["姑苏", "相城"], "+8651265000001")


def test_no_districts_means_wherever_nobody_else_goes(database: Database) -> None:
    take_in(database, GOOD.replace("姑苏; 吴中", ""))

    with database.reading() as session:
        assert session.query(ServicePoint).one().districts == []


@pytest.mark.parametrize(
    ("lines", "line", "column", "trouble"),
    [
        ((GOOD.replace("Asia/Shanghai", "Suzhou"),), 2, "time_zone", Trouble.NOT_A_TIME_ZONE),
        ((GOOD.replace("0512 6500 0001", "12"),), 2, "phone", Trouble.NOT_A_PHONE),
        ((GOOD, GOOD), 3, "code", Trouble.REPEATED),
        ((GOOD.replace(",1,1", ",0,1"),), 2, "position", Trouble.OUT_OF_RANGE),
        ((GOOD.replace("苏州服务站", ""),), 2, "name", Trouble.MISSING),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column_and_nothing_is_stored(
    database: Database, lines: tuple[str, ...], line: int, column: str, trouble: Trouble
) -> None:
    with pytest.raises(ImportRefused) as refused:
        take_in(database, *lines)

    assert [(one.line, one.column, one.trouble) for one in refused.value.problems] == [(line, column, trouble)]
    with database.reading() as session:
        assert session.query(ServicePoint).count() == 0
