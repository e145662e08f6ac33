"""A small town for journeys: four technicians, three customers, one product family, and everybody's telephones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from sqlalchemy.orm import Session
from twilio.http.http_client import TwilioHttpClient

import dispatch
from app import create_app
from config import load_settings
from integrations.twilio_client import open_client
from integrations.twilio_lines import TwilioLines
from integrations.twilio_providers import open_providers
from integrations.twilio_recordings import TwilioRecordings
from integrations.twilio_records import TwilioRecords
from jobs.clock import run_job
from jobs.table import JOBS
from models import (
    Area,
    Asset,
    Customer,
    CustomerPhone,
    FaultCategory,
    Product,
    Shift,
    Site,
    Skill,
    Technician,
    TechnicianSkill,
    Territory,
)
from operations.clients.services import Services
from operations.versions.guides import Subject, plant_guide
from policies.guides import GuideKind, Wording
from policies.languages import Language
from policies.priorities import Severity
from policies.segments import Segment
from simulator.clock import VirtualClock
from simulator.exchange import Exchange, Hotline
from simulator.in_process import WsgiAdapter, never_answer
from simulator.rest import create_rest_app
from simulator.telephone import Telephone
from simulator.transport import WsgiTransport
from tests.prepared import prepare

ADDRESS = "https://onecall.example"
HOTLINE = "+862150000000"
ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-town"
EVENING = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)
"""22:40 in Shanghai."""


class Worker(NamedTuple):
    number: str
    name: str
    name_en: str
    phone: str
    language: Language
    home: tuple[float, float]
    is_night: bool = False


class Household(NamedTuple):
    number: str
    name: str
    name_en: str
    phone: str
    address: str
    address_en: str
    place: tuple[float, float]
    serial: str


WORKERS = (
    Worker("T1", "李强", "Li Qiang", "+8613900000001", Language.ZH, (31.23, 121.47)),
    Worker("T2", "赵敏", "Zhao Min", "+8613900000002", Language.ZH, (31.25, 121.50)),
    Worker("T3", "奥山", "Sam Okafor", "+8613900000003", Language.EN, (31.20, 121.43)),
    Worker("T4", "孙夜", "Sun Ye", "+8613900000004", Language.ZH, (31.22, 121.46), is_night=True),
)
HOUSEHOLDS = (
    Household(
        "C1", "王小明", "Wang Xiaoming", "+8613800000001",
        "南京西路1号", "1 Nanjing West Road", (31.231, 121.460), "LX-2A345678",
    ),
    Household(
        "C2", "上海一中", "Shanghai First School", "+862160000002",
        "延安路8号", "8 Yan'an Road", (31.222, 121.450), "LX-2B901234",
    ),
    Household(
        "C3", "陈医生", "Dr Chen", "+8613800000003",
        "淮海路66号", "66 Huaihai Road", (31.215, 121.468), "LX-2C567890",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """Everything a journey needs: telephones to call with, the hotline, the clock, and the app behind it all."""

    app: Flask
    services: Services
    exchange: Exchange
    hotline: Hotline
    clock: VirtualClock

    def phone(self, number: str) -> Telephone:
        """Return the telephone with this number."""
        return Telephone(number=number, exchange=self.exchange)

    def wait_until(self, instant: dt.datetime) -> None:
        """Let time pass, and the clock process do what falls due then."""
        self.clock.set(instant)
        self.tick()

    def wait(self, minutes: float) -> None:
        """Let some minutes pass."""
        self.wait_until(self.clock.now() + dt.timedelta(minutes=minutes))

    def tick(self, *names: str) -> None:
        """Let every clock job run, or those of these names alone, and what they send arrive."""
        for job in (*JOBS, JOBS[0]):
            if not names or job.name in names:
                run_job(self.services, job)
        self.exchange.callbacks.deliver()


def build_town(database_url: str, folder: Path, *, messaging_service_sid: str | None = None) -> Town:
    """Build the town in an empty database and open its hotline."""
    settings = load_settings(
        {
            "ONECALL_MODE": "production",
            "DATA_FOLDER": str(folder),
            "DATABASE_URL": database_url,
            "PUBLIC_BASE_URL": ADDRESS,
            "SECRET_KEY": "k" * 40,
            "PROOF_SIGNING_KEY": "A" * 43 + "=",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_NUMBER": HOTLINE,
        }
    )
    clock = VirtualClock(EVENING)
    carrier = TwilioHttpClient(timeout=5)
    providers = open_providers(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        from_number=HOTLINE,
        public_base_url=ADDRESS,
        messaging_service_sid=messaging_service_sid,
        http_client=carrier,
    )
    client = open_client(account_sid=ACCOUNT, auth_token=TOKEN, http_client=carrier)
    lines = TwilioLines(client, public_base_url=ADDRESS)
    app = create_app(
        settings,
        now=clock.now,
        providers=providers,
        solve=_solve_quickly,
        replan=_replan_quickly,
        lines=lines,
        recordings=TwilioRecordings(client, public_base_url=ADDRESS, session=carrier.session),
        carrier_records=TwilioRecords(client),
    )
    app.testing = True
    exchange = Exchange(WsgiTransport(app, ADDRESS), TOKEN, account_sid=ACCOUNT, clock=clock, seed=1)
    carrier.session.mount("https://api.twilio.com", WsgiAdapter(create_rest_app(exchange, sleep=never_answer)))
    services: Services = app.extensions["onecall"]
    prepare(services.database, settle, first_day=EVENING.date())
    return Town(app, services, exchange, exchange.add_hotline(Hotline.at(ADDRESS, HOTLINE)), clock)


def _solve_quickly(problem: dispatch.Problem, warm_start: dispatch.Plan) -> dispatch.Plan:
    return dispatch.solve(problem, limits=dispatch.Limits(seconds=None, iterations=50), warm_start=warm_start)


def _replan_quickly(problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
    return dispatch.replan(problem, plan, limits=dispatch.Limits(seconds=None, iterations=50), is_mending=True)


def settle(session: Session, *, first_day: dt.date) -> None:
    """Put area, products, technicians and customers into an empty database."""
    area = Area(code="shanghai", name="上海", name_en="Shanghai", time_zone="Asia/Shanghai")
    territory = Territory(area=area, code="centre", name="市中心", name_en="Centre", districts=["静安", "黄浦"])
    skill = Skill(code="projector", name="投影机", name_en="Projectors")
    product = Product(model_code="LX-2", name="光影二号投影机", name_en="Lumen Two projector", family="projector")
    session.add_all([area, territory, skill, product])
    session.flush()
    _add_faults(session, skill)
    _add_questions(session)
    for worker in WORKERS:
        _add_technician(session, area, skill, first_day, worker)
    for household in HOUSEHOLDS:
        _add_customer(session, territory, product, household)


def _add_faults(session: Session, skill: Skill) -> None:
    steps = (
        ("请检查电源线是否插好。", "Please check that the power cable is plugged in."),
        ("请长按电源键十秒，再重新开机。", "Please hold the power key for ten seconds, then switch on."),
    )
    dark = FaultCategory(
        code="no_picture", family="projector", position=1, name="没有图像", name_en="no picture",
        severity=Severity.NORMAL, priority=50, duration_minutes=60, skill_id=skill.id, skill_level=1,
    )  # fmt: skip
    smoke = FaultCategory(
        code="smoke", family="projector", position=2, name="冒烟或者异味", name_en="smoke or a burnt smell",
        severity=Severity.URGENT, priority=60, duration_minutes=45, skill_id=skill.id, skill_level=1,
    )  # fmt: skip
    session.add_all([dark, smoke])
    wordings = [Wording("", "", text, text_en) for text, text_en in steps]
    plant_guide(session, subject=Subject(GuideKind.STEPS, dark.code), wordings=wordings, now=EVENING)


def _add_questions(session: Session) -> None:
    casting = Wording(
        title="怎么连接手机", title_en="To connect a telephone", text="请打开无线投屏，再在手机上选择投影机。",
        text_en="Switch on wireless casting, then choose the projector on your telephone.",
    )  # fmt: skip
    plant_guide(session, subject=Subject(GuideKind.QUESTIONS, "projector"), wordings=[casting], now=EVENING)


def _add_technician(session: Session, area: Area, skill: Skill, first_day: dt.date, worker: Worker) -> None:
    technician = Technician(
        area_id=area.id, number=worker.number, name=worker.name, name_en=worker.name_en, phone=worker.phone,
        language=worker.language, home_latitude=worker.home[0], home_longitude=worker.home[1],
        territory_codes=["centre"],
    )  # fmt: skip
    session.add(technician)
    session.flush()
    session.add(TechnicianSkill(technician_id=technician.id, skill_id=skill.id, level=2))
    midnight = dt.datetime.combine(first_day, dt.time(), dt.UTC) - dt.timedelta(hours=8)
    first_start = midnight + (dt.timedelta(hours=21) if worker.is_night else dt.timedelta(hours=8, minutes=30))
    for day in range(4):
        starts_at = first_start + dt.timedelta(days=day)
        rests_at = starts_at + dt.timedelta(hours=3)
        shift = Shift(
            technician_id=technician.id, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=9),
            break_from_at=rests_at, break_until_at=rests_at + dt.timedelta(hours=2), break_minutes=45,
            overtime_limit_minutes=60, is_night=worker.is_night,
        )  # fmt: skip
        session.add(shift)


def _add_customer(session: Session, territory: Territory, product: Product, household: Household) -> None:
    customer = Customer(
        number=household.number, name=household.name, name_en=household.name_en,
        language=Language.ZH, segment=Segment.EXISTING,
    )  # fmt: skip
    session.add(customer)
    session.flush()
    session.add(CustomerPhone(customer_id=customer.id, number=household.phone))
    site = Site(
        customer_id=customer.id, code=f"{household.number}-1", address=household.address,
        address_en=household.address_en, district="静安", latitude=household.place[0], longitude=household.place[1],
        time_zone="Asia/Shanghai", territory_id=territory.id,
    )  # fmt: skip
    session.add(site)
    session.flush()
    digits = "".join(filter(str.isdigit, household.serial))
    asset = Asset(
        customer_id=customer.id, site_id=site.id, product_id=product.id, serial=household.serial,
        serial_digits=digits, serial_tail=digits[-6:],
    )  # fmt: skip
    session.add(asset)
