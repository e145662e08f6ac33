"""One timeline of a request: what came from where, in one order, narrowed by topic (C1)."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from models import InboundMessage, Part, StockMove, StockPlace, StoredFile, Visit
from operations.foundation.events import record_event
from policies.files import FileKind
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.parts import MoveKind, PartClass, PlaceKind
from tests.architecture.rooms import PROJECT
from tests.town import Town
from tests.web.offices import call_and_book, publish_day, technician_of
from web.requests.request_timeline import TOPICS, topic_of
from web.wording.sentences import load_sentences, use_language
from web.wording.timeline_facts import COVERED, OUR_IDS, say_facts


def lines(page: str) -> list[tuple[str, str]]:
    """Return topic and text of each line of the timeline, the latest first."""
    timeline = page[page.index('id="timeline"') : page.index('class="record"')]
    found = re.findall(r'<li class="of-(\w+) \w+">(.*?)</li>', timeline, re.DOTALL)
    return [(topic, " ".join(re.sub(r"<[^>]+>", " ", text).split())) for topic, text in found]


def keep_the_rest(town: Town, visit: Visit) -> None:
    """A text from the customer, a photo, a part used and a decision with its reason."""
    with town.services.database.writing() as session:
        at = town.clock.now()
        part = Part(
            number="P-1", name="灯泡", name_en="Lamp", part_class=PartClass.ACCESSORY, price_cents=1, lead_days=1
        )
        van, used = (StockPlace(code=code, name=code, name_en=code, kind=kind) for code, kind in PLACES)
        session.add_all([part, van, used])
        session.flush()
        session.add_all(
            [
                StockMove(
                    kind=MoveKind.USE, part_id=part.id, quantity=2, from_place_id=van.id, to_place_id=used.id,
                    moved_at=at + dt.timedelta(minutes=1), moved_by="T1", visit_id=visit.id,
                ),
                StoredFile(
                    key="a" * 40, request_id=visit.request_id, visit_id=visit.id, kind=FileKind.BEFORE,
                    content_type="image/jpeg", size_bytes=1, width_pixels=1, height_pixels=1, made_by="T1",
                    made_at=at + dt.timedelta(minutes=2), received_at=at,
                ),
                InboundMessage(
                    channel=MessageChannel.SMS, message_sid="SM1", from_number="+8613800000001", subject=None,
                    body="Ring <b>twice</b>", understood_as="words", request_id=visit.request_id,
                    received_at=at + dt.timedelta(minutes=3), is_waiting=True,
                ),
            ]
        )  # fmt: skip
        record_event(
            session,
            subject=f"request:{visit.request_id}",
            kind="visit_moved",
            occurred_at=at + dt.timedelta(minutes=4),
            recorded_at=at,
            source="desk",
            actor="zhou",
            facts={},
            personal={"reason": "asked for the afternoon"},
        )


PLACES = (("van", PlaceKind.VAN), ("customer", PlaceKind.CUSTOMER))


def test_everything_about_a_request_stands_in_one_order_with_who_and_why(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, code = technician_of(town, request)
    for report in ("accept", "on the way", "arrived"):
        phone.text(f"{report} {code}", to=town.hotline)
    with town.services.database.reading() as session:
        visit = session.query(Visit).filter_by(request_id=request.id).one()
        session.expunge(visit)
    keep_the_rest(town, visit)

    page = dispatcher.get(f"/requests/{request.number}").text
    found = lines(page)

    assert {topic for topic, _ in found} == {"call", "message", "clock", "visit", "part", "photo", "decision"}
    moved, text, photo, part = found[:4]
    assert moved[0] == "visit"
    assert "zhou" in moved[1]
    assert moved[1].endswith("asked for the afternoon")
    assert "Waits for an answer" in text[1]
    assert "Ring &lt;b&gt;twice" in text[1]
    assert "Before the work" in photo[1]
    assert f'href="/files/{"a" * 40}"' in page
    assert "2 × Lamp (P-1)" in part[1]
    assert any("On site in 24 h: met" in line for _, line in found)
    assert sum(topic == "call" for topic, _ in found) == 1  # the record's events of the call are not said again

    narrowed = lines(dispatcher.get(f"/requests/{request.number}?topic=part").text)
    unknown = lines(dispatcher.get(f"/requests/{request.number}?topic=moon").text)
    assert narrowed == [part]
    assert unknown == found


def test_every_kind_of_event_belongs_to_a_topic() -> None:
    kinds = ("call_received", "message_failed", "clock_warned", "window_promised", "part_sent", "payment_taken")

    assert [topic_of(kind) for kind in (*kinds, "request_opened")] == [
        "call", "message", "clock", "visit", "part", "money", "decision",
    ]  # fmt: skip
    assert {topic_of(kind) for kind in kinds} < set(TOPICS)


def recorded_names() -> Iterator[str]:
    """The names of facts, where operations write them out as they record an event."""
    for file in (PROJECT / "operations").rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in (one for one in calls if getattr(one.func, "id", "") in {"record_event", "_record"}):
            for given in (keyword.value for keyword in call.keywords if keyword.arg == "facts"):
                keys = (key for node in ast.walk(given) if isinstance(node, ast.Dict) for key in node.keys)
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


def test_every_fact_that_is_recorded_has_its_words_or_is_an_id_of_ours() -> None:
    names = set(recorded_names())

    assert {"severity", "amount_cents", "expected_at"} <= names
    assert {f"fact.{name}" for name in names - OUR_IDS - {"windows"}} - set(load_sentences(Language.EN)) == set()


def test_facts_are_said_in_the_language_of_the_page(town: Town) -> None:
    facts = {
        "visit": 7, "from": "2026-11-23T02:00:00+00:00", "until": "2026-11-23T04:00:00+00:00", "clock": "on_site",
        "severity": "urgent", "amount_cents": 12345, "reason": "withdrawn", COVERED[0]: "100 in_warranty",
        "is_late": False, "of_long_ago": "x",
    }  # fmt: skip
    now, zone, clocks = dt.datetime(2026, 11, 23, tzinfo=dt.UTC), ZoneInfo("Asia/Shanghai"), {"on_site": "24 h"}
    said = {}
    for language in Language:
        with town.app.test_request_context():
            use_language(language)
            said[language] = say_facts(facts, clocks, zone, now=now)

    assert said[Language.EN][1:] == [
        "24 h", "urgent", "amount 123.45", "reason: withdrawn", "labour 100 (under warranty)", "of_long_ago x",
    ]  # fmt: skip
    assert said[Language.EN][0] == "10:00–12:00"
    assert "金额 123.45" in said[Language.ZH]
    assert not any(re.search("[a-z]{4}", one) for one in said[Language.ZH][:-1])
