"""Every key at every place, to depth six, in both languages (H2): whatever is pressed, the caller is led on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select

from ivr.flow import NODES
from models import Asset, Call, CallEvent, Customer, FaultCategory
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import draft_visit
from operations.matters.requests import close_request, open_request
from outbox.words import load_prompts
from policies.channels import Channel
from policies.languages import Language
from policies.request_states import CloseReason
from policies.speech import estimate_seconds
from simulator.signature import sign
from tests.databases import SqliteFolder, find_memory, path_of
from tests.journeys.test_a_person import LI, bring_agent
from tests.town import ADDRESS, HOTLINE, TOKEN, Town, build_town

WANG, STRANGER = "+8613800000001", "anonymous"
DEPTH, MOST_OPTIONS, MOST_SECONDS = 6, 5, 20.0
EMPTY: tuple[str, ...] = ()
SILENCE, SPEECH, NO_ANSWER = "", "speech", "nobody takes the call"
DEAF = {"connect"}
"""Where no key is heard: two people are being connected."""
KEYS = (*"123456789*#", SILENCE)
TELEPHONE = "13900000077"
ENTRIES = ("345678", "901234", "111111", "12345678", TELEPHONE, "*", "9", SILENCE)
LEADS_ON_BY_WHAT_IT_IS_ABOUT = {"asset", "serial", "serial_confirm", "serial_choice"}
NUMBER = "the number of Mr Wang's request"


@dataclass(frozen=True)
class Place:
    """Where a caller is after some keys."""

    node: str
    then: str
    keys: tuple[str, ...]
    about: str
    is_over: bool
    own_seconds: float


@dataclass(frozen=True)
class Saved:
    """A database as it stood after some keys, and what the caller had just been told."""

    file: Path
    document: str


@dataclass
class House:
    """A town that goes back to where it was before each call.

    Where a call has come to is saved before its next key, so that trying all keys there costs one webhook each.
    """

    town: Town
    file: Path
    number: str
    saved: dict[tuple[str, tuple[str, ...]], Saved] = field(default_factory=dict)

    def walk(self, caller: str, path: tuple[str, ...]) -> Place:
        """Call, press the keys one after the other, and return where that leads."""
        return self._look(_next_action(self._press(caller, path)))

    def save_before_calls(self) -> None:
        """From now on every call begins with the town as it is."""
        self.saved.clear()
        self._save("", EMPTY, "")

    def _press(self, caller: str, path: tuple[str, ...]) -> str:
        """Bring the town to where it is after these keys, and return what the caller is told there."""
        if not path:
            self._go_back(self.saved["", EMPTY])
            return self._post(f"{ADDRESS}/ivr/answer", caller)
        *before, key = path
        document = self._come_to(caller, tuple(before))
        action = _next_action(document, is_spoken=key == SPEECH)
        assert action, f"the call ended before {key!r} of {path}"
        forms = {SPEECH: {"RecordingSid": "RE" + "1" * 32}, NO_ANSWER: {"DialCallStatus": "no-answer"}}
        return self._post(action, caller, **forms.get(key, {"Digits": self._digits(key)}))

    def _come_to(self, caller: str, path: tuple[str, ...]) -> str:
        saved = self.saved.get((caller, path))
        if saved is None:
            saved = self._save(caller, path, self._press(caller, path))
        self._go_back(saved)
        return saved.document

    def _digits(self, key: str) -> str:
        return self.number if key == NUMBER else key

    def _post(self, url: str, caller: str, **more: str) -> str:
        form = {"CallSid": "CA" + "1" * 32, "From": caller, "To": HOTLINE, "CallStatus": "in-progress", **more}
        path = url.removeprefix(ADDRESS)
        headers = {"X-Twilio-Signature": sign(url, form, TOKEN)}
        response = self.town.app.test_client().post(path, data=form, headers=headers)
        assert response.status_code == 200, f"{url}: {response.status_code}"
        return response.get_data(as_text=True)

    def _look(self, action: str | None) -> Place:
        with self.town.services.database.reading() as session:
            call = session.scalars(select(Call)).one()
            said = session.scalars(
                select(CallEvent).where(CallEvent.kind == "said").order_by(CallEvent.position.desc())
            ).first()
            assert said is not None
            facts, language = said.facts, call.language
            own = list(zip(facts["prompts"], facts["values"], strict=True))[facts["said_first"] :]
            seconds = sum(estimate_seconds(load_prompts(language)[p].format_map(v), language) for p, v in own)
            memory = call.memory
            about = memory.get("about") if call.node in LEADS_ON_BY_WHAT_IT_IS_ABOUT else None
            is_over = action is None and memory["then"] != "wait"
            return Place(call.node, memory["then"], tuple(memory["keys"]), about or "", is_over, seconds)

    def _save(self, caller: str, path: tuple[str, ...], document: str) -> Saved:
        # The last connection writes what stands in the write-ahead log into the file.
        self.town.services.database.close()
        saved = Saved(self.file.with_name(f"saved-{len(self.saved)}.sqlite3"), document)
        shutil.copyfile(self.file, saved.file)
        self.saved[caller, path] = saved
        return saved

    def _go_back(self, to: Saved) -> None:
        self.town.services.database.close()
        shutil.copyfile(to.file, self.file)


def _next_action(document: str, *, is_spoken: bool = False) -> str | None:
    """Return where the next key goes, or the message spoken after the tone."""
    wanted = {"Record"} if is_spoken else {"Gather", "Dial"}
    verbs = [verb for verb in ET.fromstring(document) if verb.tag in wanted]  # noqa: S314 - our own
    return verbs[0].get("action") if verbs else None


@contextmanager
def a_house(folder: SqliteFolder, language: Language) -> Iterator[House]:
    with tempfile.TemporaryDirectory(dir=find_memory()) as place, folder.fresh() as url:
        town = build_town(url, Path(place))
        house = House(town, path_of(url), furnish(town, language))
        house.save_before_calls()
        yield house
        town.services.database.close()


def furnish(town: Town, language: Language) -> str:
    """Mr Wang has a booked request, an open and a solved one, and a second machine; a stranger's shares its digits."""
    now, house = town.clock.now(), town.services.house
    with town.services.database.writing() as session:
        for customer in session.scalars(select(Customer)):
            customer.language = language
        asset = session.scalars(select(Asset).order_by(Asset.id)).first()
        assert asset is not None
        session.add(_twin(asset))
        fault = session.scalars(select(FaultCategory).order_by(FaultCategory.id)).first()
        opened = [
            open_request(
                session, channel=Channel.HOTLINE, language=language, opened_at=now, now=now, answered_by="hotline",
                contact_phone=WANG, asset=asset, fault_category=fault,
            )
            for _ in range(3)
        ]  # fmt: skip
        booked, _, solved = opened
        session.flush()
        offer = offer_windows(session, visit=draft_visit(session, request=booked), now=now)
        commit_hold(session, hold=offer.holds[0], house=house, now=now, source="hotline", actor="caller")
        close_request(session, request=solved, reason=CloseReason.SOLVED, now=now, source="sms", actor="T1")
        return booked.number


def _twin(asset: Asset) -> Asset:
    return Asset(
        customer_id=asset.customer_id, site_id=asset.site_id, product_id=asset.product_id, serial="LX-3A345678",
        serial_digits="3345678", serial_tail="345678",
    )  # fmt: skip


def explore(house: House, caller: str, *, keys: tuple[str, ...] | None) -> dict[Place, tuple[str, ...]]:
    """Return every place the caller can reach with six keys or fewer, and how; `keys` None tries the valid ones."""
    start = house.walk(caller, ())
    reached = {(start.node, start.keys, start.about): (start, EMPTY)}
    paths, places = [EMPTY], {EMPTY: start}
    while paths:
        path = paths.pop(0)
        for key in _tries(places[path], keys):
            found = house.walk(caller, (*path, key))
            _check(found, (*path, key), places[path])
            known = (found.node, found.keys, found.about)
            if not found.is_over and known not in reached and len(path) + 1 < DEPTH:
                reached[known] = (found, (*path, key))
                places[(*path, key)] = found
                paths.append((*path, key))
    return dict(reached.values())


def _tries(place: Place, keys: tuple[str, ...] | None) -> tuple[str, ...]:
    if place.then == "record":
        # Silence before the tone is no webhook: the recording begins.
        return (SPEECH, *(key for key in keys or place.keys if key not in {SILENCE, "#"}))
    if place.then == "connect":
        return (NO_ANSWER,)
    if place.then == "entry":
        return (*ENTRIES, NUMBER) if keys else ("345678", "901234", "111111", TELEPHONE, NUMBER)
    return keys or place.keys


def _check(found: Place, path: tuple[str, ...], before: Place) -> None:
    assert len(found.keys) <= MOST_OPTIONS, f"{path}: {found}"
    assert found.own_seconds <= MOST_SECONDS, f"{path}: {found}"
    if found.is_over:
        has_all = NODES[before.node].ends_on_silence
        assert path[-1] == SILENCE, f"hung up on after {path}"
        assert has_all, f"hung up on after {path}"
    if path[-1] == "*" and before.then == "choice":
        assert not found.is_over


@pytest.mark.proof
@pytest.mark.parametrize("language", list(Language))
def test_every_place_is_reached_in_every_language_and_the_way_is_short(
    sqlite_folder: SqliteFolder, language: Language
) -> None:
    with a_house(sqlite_folder, language) as house:
        reached = {place.node for caller in (WANG, STRANGER) for place in explore(house, caller, keys=None)}

    # A technician's own menu is walked in tests/journeys/test_through_us.py.
    assert reached == set(NODES) - {"person", "technician"}


@pytest.mark.proof
@pytest.mark.parametrize("caller", [WANG, STRANGER], ids=["known", "unknown"])
@pytest.mark.parametrize("language", list(Language))
def test_every_key_everywhere_leads_on_and_zero_leads_to_a_person(
    sqlite_folder: SqliteFolder, language: Language, caller: str
) -> None:
    with a_house(sqlite_folder, language) as house:
        reached = explore(house, caller, keys=KEYS)

        for place, path in reached.items():
            if place.then not in DEAF:
                assert house.walk(caller, (*path, "0")).node == "voicemail", path
            if place.then == "choice" and not NODES[place.node].ends_on_silence:
                assert house.walk(caller, (*path, *[SILENCE] * 3)).node == "voicemail", path
                assert house.walk(caller, (*path, "#", SILENCE)).node == place.node, path


@pytest.mark.proof
@pytest.mark.parametrize("language", list(Language))
def test_zero_puts_a_caller_in_the_queue_from_everywhere_while_an_agent_is_there(
    sqlite_folder: SqliteFolder, language: Language
) -> None:
    with a_house(sqlite_folder, language) as house:
        bring_agent(house.town, LI, "李娜", language=language)
        house.save_before_calls()
        for caller in (WANG, STRANGER):
            for place, path in explore(house, caller, keys=None).items():
                if place.then not in {*DEAF, "wait"}:
                    asked = house.walk(caller, (*path, "0"))
                    assert (asked.node, asked.then) == ("person", "wait"), path
