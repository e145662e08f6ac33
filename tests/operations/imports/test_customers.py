import pytest
from sqlalchemy.orm import Session

from models import Customer, CustomerPhone, Site
from models.database import Database
from operations.imports.customers import COLUMNS, CustomerRow, KnownPlaces, import_customers, parse_customers
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import read_sheet
from tests.operations.imports.conftest import count_rows

HEADER = ",".join(column.name for column in COLUMNS)
PLACE = "上海市徐汇区漕溪北路88号,88 Caoxi North Road,徐汇区,31.1967,121.435,Asia/Shanghai,centre"
GOOD = f"200001,王晨,Wang Chen,zh-CN,new,15412345678,200001-1,{PLACE}"
KNOWN = KnownPlaces(territories=frozenset({"centre"}), site_owners={"900-1": "900"})


def parse(*lines: str) -> list[CustomerRow]:
    return parse_customers(read_sheet("\n".join([HEADER, *lines]).encode(), COLUMNS), KNOWN)


def problems_of(*lines: str) -> list[Problem]:
    with pytest.raises(ImportRefused) as caught:
        parse(*lines)
    return list(caught.value.problems)


def test_a_customer_with_two_sites_takes_two_lines() -> None:
    second = GOOD.replace("200001-1", "200001-2")

    (customer,) = parse(GOOD, second)

    assert [site.code for site in customer.sites] == ["200001-1", "200001-2"]
    assert customer.phones == ("+8615412345678",)


def test_a_customer_may_have_no_site_and_no_telephone() -> None:
    (customer,) = parse("200001,王晨,,中文,VIP,,,,,,,,,")

    assert (customer.sites, customer.phones, customer.name_en, customer.segment) == ((), (), None, "vip")


def test_every_problem_of_every_line_is_named_with_line_and_column() -> None:
    assert problems_of(
        GOOD,
        f",李洋,,klingon,new,12,200002-1,{PLACE}",
        "200003,赵敏,,en,existing,,200003-1,,,徐汇区,91,x,Mars/Base,nowhere",
    ) == [
        Problem(3, "customer_number", Trouble.MISSING),
        Problem(3, "language", Trouble.NOT_A_WORD, "zh-CN (中文), en (英文)"),
        Problem(3, "phones", Trouble.NOT_A_PHONE, "12"),
        Problem(4, "address", Trouble.MISSING),
        Problem(4, "address_en", Trouble.MISSING),
        Problem(4, "latitude", Trouble.OUT_OF_RANGE, "-90–90"),
        Problem(4, "longitude", Trouble.NOT_A_NUMBER, "x"),
        Problem(4, "territory", Trouble.UNKNOWN, "nowhere"),
        Problem(4, "time_zone", Trouble.NOT_A_TIME_ZONE, "Mars/Base"),
    ]


def test_a_customers_own_columns_must_agree_on_all_lines() -> None:
    second = GOOD.replace("200001-1", "200001-2").replace("王晨", "王辰")

    assert problems_of(GOOD, second) == [Problem(3, "name", Trouble.DIFFERS, "2")]


def test_a_site_is_there_once_and_stays_with_its_customer() -> None:
    assert problems_of(GOOD, GOOD, GOOD.replace("200001-1", "900-1")) == [
        Problem(3, "site_code", Trouble.REPEATED, "2"),
        Problem(4, "site_code", Trouble.BELONGS_TO_OTHER, "900"),
    ]


def test_an_address_without_a_site_code_is_refused() -> None:
    assert problems_of(GOOD.replace("200001-1", "")) == [Problem(2, "site_code", Trouble.MISSING)]


def take_in(session: Session, *lines: str) -> dict[str, tuple[int, int, int]]:
    counts = import_customers(session, data="\n".join([HEADER, *lines]).encode())
    return {noun: (count.added, count.changed, count.unchanged) for noun, count in counts.items()}


def test_a_file_with_one_bad_line_imports_nothing(city_database: Database) -> None:
    with city_database.reading() as session:
        before = count_rows(session, Customer, Site, CustomerPhone)

    with pytest.raises(ImportRefused), city_database.writing() as session:
        take_in(session, GOOD, "200002,李洋,,klingon,new,,,,,,,,,")

    with city_database.reading() as session:
        assert count_rows(session, Customer, Site, CustomerPhone) == before


def test_the_same_file_twice_adds_once(city_database: Database) -> None:
    with city_database.writing() as session:
        first = take_in(session, GOOD)
    with city_database.writing() as session:
        second = take_in(session, GOOD)

    assert first == {"customers": (1, 0, 0), "sites": (1, 0, 0)}
    assert second == {"customers": (0, 0, 1), "sites": (0, 0, 1)}


def test_a_changed_line_changes_its_customer_and_nobody_else(city_database: Database) -> None:
    with city_database.writing() as session:
        take_in(session, GOOD)
    with city_database.writing() as session:
        counts = take_in(session, GOOD.replace("王晨", "王辰").replace("15412345678", "+447700900123;15400009999"))

    with city_database.reading() as session:
        customer = session.query(Customer).filter_by(number="200001").one()
        assert customer.name == "王辰"
        assert {phone.number for phone in customer.phones} == {"+447700900123", "+8615400009999"}
        assert session.query(CustomerPhone).filter_by(number="+8615412345678").count() == 0
        assert session.query(Customer).count() == 21
    assert counts == {"customers": (0, 1, 0), "sites": (0, 0, 1)}


def test_a_site_of_a_stored_customer_cannot_be_taken_over(city_database: Database) -> None:
    stolen = GOOD.replace("200001-1", "100001-1")

    with pytest.raises(ImportRefused) as caught, city_database.writing() as session:
        take_in(session, stolen)

    assert caught.value.problems == (Problem(2, "site_code", Trouble.BELONGS_TO_OTHER, "100001"),)
