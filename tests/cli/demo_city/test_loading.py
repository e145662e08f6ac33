import datetime as dt
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import dispatch
from cli.demo_city.load import DatabaseInUse
from cli.demo_city.loading import Loaded, load_city
from cli.demo_city.people_files import write_telephones
from cli.demo_city.shapes import City
from models import (
    Area,
    Asset,
    Commitment,
    Customer,
    FaultCategory,
    Message,
    ServiceRequest,
    Site,
    Stop,
    Technician,
    User,
    Visit,
)
from models.database import Database
from operations.clocks.commitments import request_subject
from operations.foundation.events import find_broken_link
from operations.foundation.house import House
from operations.people.users import check_sign_in
from operations.planning.live import read_plan
from policies.commitments import CommitmentKind, CommitmentState
from policies.languages import Language
from policies.message_states import MessageState
from policies.request_states import RequestState
from policies.roles import Role
from policies.segments import Segment
from policies.visit_states import PROMISED, VisitState
from tests.cli.demo_city.conftest import START_AT
from tests.databases import ON_SQLITE_ALONE

HOUSE = House("+862155500000", "http://127.0.0.1:8000")
Load = Callable[[Session], Loaded | None]


@pytest.fixture
def small_city(city: City) -> City:
    """Twelve past and six open requests, the customers they are of, and twenty more."""
    past, still_open = city.past_requests[:12], city.open_requests[:6]
    numbers = {request.customer for request in (*past, *still_open)}
    numbers |= {customer.number for customer in city.customers[:20]}
    customers = tuple(customer for customer in city.customers if customer.number in numbers)
    return replace(city, customers=customers, past_requests=past, open_requests=still_open)


def load(session: Session, city: City, folder: Path) -> Loaded | None:
    return load_city(session, city, house=HOUSE, data_folder=folder, now=START_AT)


@ON_SQLITE_ALONE
def test_the_whole_city_stands_with_every_open_request_promised_a_window_it_can_keep(
    city: City, database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        loaded = load(session, city, tmp_path)

    assert loaded is not None
    assert (loaded.customers, loaded.technicians, loaded.open_requests, loaded.without_window) == (300, 14, 60, 0)
    with database.reading() as session:
        booked = session.scalars(select(Visit).where(Visit.state.in_(PROMISED))).all()
        running = session.execute(
            select(Commitment.request_id, Commitment.deadline_at).where(
                Commitment.kind == CommitmentKind.ON_SITE, Commitment.state == CommitmentState.RUNNING
            )
        )
        deadlines = dict(running.all())
        assert len(booked) == len(deadlines) == 60
        for visit in booked:
            stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one()
            assert visit.window_from_at is not None
            assert visit.window_until_at is not None
            assert visit.window_from_at <= stop.planned_start_at <= visit.window_until_at <= deadlines[visit.request_id]
            assert visit.technician_id == stop.shift.technician_id
        area_id = session.scalars(select(Area.id)).one()
        opened = read_plan(session, area_id=area_id, now=START_AT)
        assert dispatch.check(opened.snapshot.problem, opened.snapshot.plan) == ()


def test_the_rows_are_those_of_the_city(small_city: City, database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        load(session, small_city, tmp_path)

    with database.reading() as session:
        count = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (Customer, Site, Asset, Technician, ServiceRequest, FaultCategory)
        }
        vips = session.scalar(select(func.count()).where(Customer.segment == Segment.VIP))
        asset = session.scalars(select(Asset).where(Asset.serial == small_city.customers[0].assets[0].serial)).one()
        assert asset.customer.number == small_city.customers[0].number
        assert asset.serial.endswith(asset.serial_tail)
        assert asset.site.territory is not None
        assert asset.site.district in asset.site.territory.districts
    assert count[Customer] == len(small_city.customers)
    assert count[Site] == sum(len(customer.sites) for customer in small_city.customers)
    assert count[Asset] == sum(len(customer.assets) for customer in small_city.customers)
    assert count[ServiceRequest] == 18
    assert count[FaultCategory] == 35
    assert vips == sum(customer.segment is Segment.VIP for customer in small_city.customers)


def test_history_is_closed_with_its_clocks_decided_and_its_chains_whole(
    small_city: City, database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        load(session, small_city, tmp_path)

    with database.reading() as session:
        closed = session.scalars(select(ServiceRequest).where(ServiceRequest.state == RequestState.CLOSED)).all()
        assert len(closed) == 12
        for request in closed:
            (clock,) = request.commitments
            assert clock.state in {CommitmentState.MET, CommitmentState.WITHDRAWN}
            assert find_broken_link(session, subject=request_subject(request.id)) is None


def test_a_second_load_changes_nothing(small_city: City, database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        first = load(session, small_city, tmp_path)
    passwords = (tmp_path / "demo_sign_ins.json").read_text()
    with database.writing() as session:
        second = load(session, small_city, tmp_path)

    assert first is not None
    assert second is None
    assert (tmp_path / "demo_sign_ins.json").read_text() == passwords
    with database.reading() as session:
        assert session.query(ServiceRequest).count() == 18


def test_nobody_is_sent_sixty_texts_when_the_clock_starts(small_city: City, database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        load(session, small_city, tmp_path)

    with database.reading() as session:
        states = session.scalars(select(Message.state)).all()
    assert len(states) >= 6
    assert set(states) == {MessageState.DELIVERED}


def test_the_demos_people_sign_in_with_the_passwords_of_a_file_only_its_owner_reads(
    small_city: City, database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        loaded = load(session, small_city, tmp_path / "new folder")

    assert loaded is not None
    passwords = json.loads(loaded.sign_ins.read_text())
    assert stat.S_IMODE(loaded.sign_ins.stat().st_mode) == 0o600
    assert set(passwords) == set(Role) - {Role.TECHNICIAN}, "technicians come by the link in their texts"
    with database.reading() as session:
        for name, password in passwords.items():
            assert check_sign_in(session, name=name, password=password).role == name
        assert session.query(User).count() == len(passwords)


def test_whoever_is_at_work_knows_his_visits_and_tomorrows_people_do_not_yet(
    city: City, database: Database, tmp_path: Path
) -> None:
    in_the_morning = START_AT.replace(hour=2)
    some = replace(city, past_requests=(), open_requests=city.open_requests[:10])

    with database.writing() as session:
        load_city(session, some, house=HOUSE, data_folder=tmp_path, now=in_the_morning)

    with database.reading() as session:
        stops = session.scalars(select(Stop)).all()
        assert len(stops) == 10
        assert any(stop.visit and stop.visit.state is VisitState.DISPATCHED for stop in stops)
        for stop in stops:
            assert stop.visit is not None
            is_today = stop.shift.starts_at < in_the_morning.replace(hour=22, minute=30)
            assert stop.visit.state is (VisitState.DISPATCHED if is_today else VisitState.BOOKED)


def test_the_telephone_on_the_desk_can_be_customers_of_every_kind_and_all_technicians(
    city: City, tmp_path: Path
) -> None:
    file = write_telephones(tmp_path, city)

    people = json.loads(file.read_text(encoding="utf-8"))
    numbers = {person["number"]: person for person in people}
    callers = [customer for customer in city.customers if customer.phones[0] in numbers]
    assert file == tmp_path / "phone_numbers.json"
    first = next(customer for customer in callers if customer.phones[0] == people[0]["number"])
    assert (len(first.assets), first.language) == (1, Language.ZH), "the simplest call comes first"
    assert {customer.kind for customer in callers} == {"home", "school", "company", "venue"}
    assert {customer.language for customer in callers} == set(Language)
    assert {person["number"] for person in people if person["role"] == "technician"} == {
        technician.phone for technician in city.technicians
    }
    assert all(set(person) == {"number", "name", "name_en", "role"} for person in people)


def test_somebody_elses_customers_are_left_alone(small_city: City, database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        session.add(Customer(number="1", name="真客户", language=Language.ZH, segment=Segment.EXISTING))

    with pytest.raises(DatabaseInUse), database.writing() as session:
        load(session, small_city, tmp_path)

    with database.reading() as session:
        assert session.query(Customer).count() == 1
        assert session.query(Area).count() == 0
    assert not (tmp_path / "demo_sign_ins.json").exists()


def test_a_load_that_fails_half_way_leaves_nothing(small_city: City, database: Database, tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError, match="lights"), database.writing() as session:
        load_city(session, small_city, house=HOUSE, data_folder=tmp_path, now=START_AT, on_booked=fail)

    with database.reading() as session:
        assert (session.query(Area).count(), session.query(Customer).count(), session.query(User).count()) == (0, 0, 0)


@ON_SQLITE_ALONE
@pytest.mark.parametrize("local_hour", [0, 9, 14, 19])
def test_whatever_hour_it_is_loaded_at_everybody_gets_a_window(
    city: City, database: Database, tmp_path: Path, local_hour: int
) -> None:
    now = START_AT.replace(hour=0, minute=10) + dt.timedelta(hours=local_hour - 8)
    small = replace(city, past_requests=(), open_requests=city.open_requests[:8])

    with database.writing() as session:
        loaded = load_city(session, small, house=HOUSE, data_folder=tmp_path, now=now)

    assert loaded is not None
    assert loaded.without_window == 0
