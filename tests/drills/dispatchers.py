"""Dispatchers who click on while the house falls down around them, and what each click was answered."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial

import requests
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models import ServiceRequest, Shift, Stop, Visit
from models.database import Database
from policies.request_states import RequestState
from policies.visit_states import VisitState
from tests.drills.people import People
from tests.drills.programs import Drilled

DESKS = 3
REST_SECONDS = 1.0
WAIT_SECONDS = 30.0
PAGES = ("/", "/desk", "/calls", "/commitments", "/messages", "/radar", "/team")
AS_PART = {"HX-Request": "true"}


class NotAnswered(Exception):
    """The page did not come: the web process, or the database behind it, is away."""


@dataclass(frozen=True, slots=True)
class Note:
    """Words a dispatcher wrote into a request's record, and whether he was told that they are kept."""

    words: str
    is_kept: bool


@dataclass
class Dispatchers:
    """Some desks, each of which looks at pages, writes notes, moves visits, and says who is late."""

    house: Drilled
    database: Database
    people: People
    seed: int
    notes: list[Note] = field(default_factory=list)
    clicks: int = 0
    unanswered: int = 0

    def begin(self) -> None:
        for desk in range(DESKS):
            draws = random.Random(self.seed * 1000 + 900 + desk)
            act = partial(self._click, Browser(self.house.address), draws)
            self.people.begin(act, draws=draws, rest_seconds=REST_SECONDS)

    def _click(self, browser: Browser, draws: random.Random) -> None:
        try:
            if not browser.is_signed_in:
                browser.sign_in(self.house.sign_in("dispatcher"))
            draws.choice((self._look, self._write, self._write, self._move, self._say_late))(browser, draws)
        except (NotAnswered, SQLAlchemyError):
            self.unanswered += 1
        else:
            self.clicks += 1

    def _look(self, browser: Browser, draws: random.Random) -> None:
        browser.read(draws.choice(PAGES))

    def _write(self, browser: Browser, draws: random.Random) -> None:
        open_ones = select(ServiceRequest.number).where(ServiceRequest.state != RequestState.CLOSED)
        with self.database.reading() as session:
            number = draws.choice(session.scalars(open_ones.order_by(ServiceRequest.id)).all())
        words = f"drill {self.seed} {draws.getrandbits(64):x}"
        page = f"/requests/{number}"
        form = {"csrf_token": browser.read_token(page), "note": words}
        # From here on it may or may not have been written: only an answer tells.
        try:
            is_kept = browser.send(f"{page}/note", form).status_code == requests.codes.found
        except NotAnswered:
            is_kept = False
        self.notes.append(Note(words, is_kept))

    def _move(self, browser: Browser, draws: random.Random) -> None:
        """Ask what a move would mean, and make it where it breaks nothing."""
        planned = (
            select(Visit.id, Stop.shift_id, Stop.planned_start_at)
            .join(Stop, Stop.visit_id == Visit.id)
            .where(Visit.state.in_((VisitState.BOOKED, VisitState.DISPATCHED)))
            .order_by(Visit.id)
        )
        with self.database.reading() as session:
            stops = session.execute(planned).all()
            if not stops:
                return
            visit_id, shift_id, start_at = draws.choice(stops)
            mine = session.get_one(Shift, shift_id)
            same_day = select(Shift.id).where(Shift.starts_at == mine.starts_at, Shift.id != shift_id)
            others = session.scalars(same_day.order_by(Shift.id)).all()
        if not others:
            return
        wish = {"visit": str(visit_id), "shift": str(draws.choice(others)), "at": start_at.isoformat(), "lock": ""}
        token = browser.read_token("/desk")
        verdict = BeautifulSoup(browser.send("/moves/ask", {**wish, "csrf_token": token}).text, "html.parser")
        fields = {str(one["name"]): str(one.get("value", "")) for one in verdict.select("#verdict input[type=hidden]")}
        if fields and not fields["troubles"]:
            browser.send("/moves", fields)

    def _say_late(self, browser: Browser, draws: random.Random) -> None:
        """Upset the plan, so that the planner is asked; by so little that every promise can be kept."""
        with self.database.reading() as session:
            team = session.scalars(select(Stop.shift_id, Shift.technician_id).join(Shift).distinct()).all()
        if team:
            form = {"csrf_token": browser.read_token("/team"), "minutes": "1"}
            browser.send(f"/team/{draws.choice(team)}/delay", form)


class Browser:
    """A browser without a window. Whatever is not answered, or with 5xx, raises NotAnswered."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.headers["Referer"] = f"{address}/"
        self.is_signed_in = False

    def sign_in(self, password: str) -> None:
        """Sign the dispatcher in."""
        form = {"name": "dispatcher", "password": password, "csrf_token": self.read_token("/sign-in")}
        assert self.send("/sign-in", form).status_code == requests.codes.found, "the dispatcher cannot sign in"
        self.is_signed_in = True

    def read(self, path: str) -> str:
        """Return a page."""
        return self._ask("GET", path).text

    def read_token(self, path: str) -> str:
        """Return the token of a page's forms."""
        field = BeautifulSoup(self.read(path), "html.parser").select_one("[name=csrf_token]")
        assert field is not None, path
        return str(field["value"])

    def send(self, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form; the answer is not followed."""
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> requests.Response:
        headers = AS_PART if path.startswith("/moves") else None
        try:
            answer = self._session.request(
                method, self._address + path, data=form, headers=headers, timeout=WAIT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise NotAnswered from error
        if answer.status_code >= requests.codes.server_error:
            raise NotAnswered
        return answer
