"""The call log: searchable, every step of a call in words (H14)."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from ivr.flow import NODES
from models import Call, FlowVersion
from operations.telephone.call_log import EVERY_CALL, PAGE_SIZE, SEARCHED_CALLS, find_many_calls
from operations.telephone.calls import open_call
from operations.versions.flow_versions import Flow, keep_flow
from policies.languages import Language
from tests.journeys.test_a_person import LI, ask, bring_agent, take
from tests.town import Town
from tests.web.offices import call_and_book
from web.hotline.call_way import draw_way, todays_menu
from web.wording.sentences import load_sentences

CHEN = "+8613800000003"
SEARCHES = (
    ("", {"Wang Xiaoming", "Dr Chen"}),
    ("Wang", {"Wang Xiaoming"}),
    ("wang xiao", {"Wang Xiaoming"}),
    ("王小", {"Wang Xiaoming"}),
    ("C3", {"Dr Chen"}),
    ("138 0000 0003", {"Dr Chen"}),
    ("0000003", {"Dr Chen"}),
    ("没有图像", {"Wang Xiaoming"}),  # said in his call alone
    ("lx-2a345678", {"Wang Xiaoming"}),  # the machine he chose by key
    ("345678", {"Wang Xiaoming"}),
    ("100%", set[str]()),
    ("王_明", set[str]()),
    ("nobody at all", set[str]()),
)
FILTERS: tuple[tuple[dict[str, str], set[str]], ...] = (
    ({"outcome": "booked"}, {"Wang Xiaoming"}),
    ({"outcome": "abandoned"}, {"Dr Chen"}),
    ({"node": "offer"}, {"Wang Xiaoming"}),
    ({"node": "nowhere"}, set()),
    ({"language": "en"}, set()),
    ({"direction": "outgoing"}, set()),
    ({"recording": "1"}, set()),
    ({"recording": "0", "q": "Chen"}, {"Dr Chen"}),
    ({"from": "2026-11-22", "until": "2026-11-22"}, {"Wang Xiaoming", "Dr Chen"}),
    ({"from": "2026-11-23"}, set()),
    ({"until": "2026-11-21"}, set()),
    ({"outcome": "nonsense", "from": "nonsense", "recording": "maybe"}, {"Wang Xiaoming", "Dr Chen"}),
)


@pytest.fixture
def two_calls(town: Town) -> str:
    """Mr Wang books, Dr Chen hangs up at once; returns the number of Mr Wang's request."""
    request = call_and_book(town)
    town.phone(CHEN).dial(town.hotline).hang_up()
    town.tick()
    return request.number


def named_in(rows: str) -> set[str]:
    return {name for name in ("Wang Xiaoming", "Dr Chen") if name in rows}


@pytest.mark.usefixtures("two_calls")
def test_a_search_finds_callers_by_name_number_and_what_was_said(dispatcher: FlaskClient) -> None:
    for search, found in SEARCHES:
        assert named_in(dispatcher.get("/calls", query_string={"q": search}).text) == found, search


@pytest.mark.usefixtures("two_calls")
def test_what_nobody_goes_by_is_looked_for_in_the_newest_calls_and_further_back_when_asked(
    town: Town, dispatcher: FlaskClient
) -> None:
    with town.services.database.writing() as session:
        newest = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert newest is not None
        open_call(session, call_sid="CA" + "9" * 32, from_number="+8613900000009", to_number="+1", now=town.clock.now())
        session.execute(update(Call).where(Call.id > newest.id).values(id=newest.id + SEARCHED_CALLS))

    page = dispatcher.get("/calls", query_string={"q": "没有图像"}).text
    (further,) = re.findall(r'href="(/calls[^"]+before=[^"]+)">Look further back', page)
    back = dispatcher.get(further.replace("&amp;", "&")).text

    assert named_in(page) == set()
    assert named_in(back) == {"Wang Xiaoming"}
    assert "Look further back" not in back
    assert named_in(dispatcher.get("/calls?q=Wang").text) == {"Wang Xiaoming"}


@pytest.mark.usefixtures("two_calls")
def test_a_search_finds_the_calls_somebody_of_ours_took(town: Town, dispatcher: FlaskClient) -> None:
    bring_agent(town, LI, "李娜")
    caller = ask(town, CHEN)
    take(town, LI, caller).hang_up()
    caller.hang_up()

    assert named_in(dispatcher.get("/calls", query_string={"q": "李娜"}).text) == {"Dr Chen"}


def test_a_share_is_no_part_of_a_number(two_calls: str, dispatcher: FlaskClient) -> None:
    part = two_calls[1:5]

    assert named_in(dispatcher.get("/calls", query_string={"q": part}).text) == {"Wang Xiaoming"}
    assert named_in(dispatcher.get("/calls", query_string={"q": f"{part}%"}).text) == set()


def test_every_place_of_the_menu_has_a_name_on_pages() -> None:
    for language in Language:
        assert {f"place.{node}" for node in NODES} - set(load_sentences(language)) == set()


def test_a_search_finds_the_call_that_made_a_request(two_calls: str, dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/calls", query_string={"q": two_calls}).text

    assert "Wang Xiaoming" in page
    assert "Dr Chen" not in page


@pytest.mark.usefixtures("two_calls")
def test_typing_in_the_search_fetches_the_rows_alone(dispatcher: FlaskClient) -> None:
    rows = dispatcher.get("/calls?q=Chen", headers={"HX-Request": "true"}).text

    assert rows.lstrip().startswith("<table")
    assert "Dr Chen" in rows


@pytest.mark.usefixtures("two_calls")
def test_a_call_shows_every_step_in_words(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/calls/1").text

    assert "王小明，您好" in page
    assert "pressed 1" in page
    assert "This step did not solve it" in page
    assert "Windows offered: " in page
    assert "The caller chose; the window is promised" in page
    assert "{" not in page[page.index('class="steps"') :], "a placeholder was left unfilled"


@pytest.mark.usefixtures("two_calls")
def test_a_call_that_ended_at_once_says_so(dispatcher: FlaskClient) -> None:
    assert "hung up" in dispatcher.get("/calls/2").text


def test_a_call_that_never_was_is_not_found(dispatcher: FlaskClient) -> None:
    assert dispatcher.get("/calls/99").status_code == 404


def test_a_callers_number_cannot_smuggle_markup_into_the_page(town: Town, dispatcher: FlaskClient) -> None:
    town.phone("<script>alert(1)</script>").dial(town.hotline).hang_up()

    page = dispatcher.get("/calls").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_older_calls_are_a_page_away(town: Town, dispatcher: FlaskClient) -> None:
    for number in range(PAGE_SIZE + 1):
        town.phone(f"+8613900{number:06}").dial(town.hotline).hang_up()

    first = dispatcher.get("/calls").text
    older = dispatcher.get("/calls?before=2").text

    assert "Older calls" in first
    assert "+8613900000000" not in first
    assert "+8613900000000" in older
    assert "Older calls" not in older


@pytest.mark.usefixtures("two_calls")
def test_calls_are_narrowed_by_what_came_of_them_where_they_went_and_when(dispatcher: FlaskClient) -> None:
    for asked, found in FILTERS:
        rows = dispatcher.get("/calls", query_string=asked, headers={"HX-Request": "true"}).text
        assert named_in(rows) == found, asked


@pytest.mark.usefixtures("two_calls")
def test_a_calls_way_is_marked_on_the_drawn_menu(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/calls/1").text

    for place in ("main", "asset", "fault", "diagnosis", "offer", "booked"):
        assert f'data-place="{place}" data-visited' in page, place
    assert 'data-place="complaint" data-visited' not in page
    assert 'data-from="fault" data-to="diagnosis" data-visited' in page
    assert ">Which fault</text>" in page


def test_a_caller_cannot_draw_on_the_menu(town: Town) -> None:
    with town.app.test_request_context():
        drawn = draw_way(['main" onload="alert(1)', "main"], todays_menu())

    assert "alert" not in drawn
    assert 'data-place="main" data-visited' in drawn


@pytest.mark.usefixtures("two_calls")
def test_a_call_is_drawn_and_worded_as_the_menu_was_when_it_came(town: Town, dispatcher: FlaskClient) -> None:
    with town.services.database.writing() as session:
        call = session.get_one(Call, 1)
        kept = session.scalars(select(FlowVersion)).one()
        assert kept.version == call.flow_version, "the first call of a version keeps it, the second finds it"
        sentences = {Language(one): {**named, "fault_intro": "哪里坏了？"} for one, named in kept.sentences.items()}
        older = Flow("an older one", '<svg><g data-place="asset"></g><g data-place="abolished"></g></svg>', sentences)
        keep_flow(session, flow=older, now=town.clock.now())
        call.flow_version = older.version

    page, others = dispatcher.get("/calls/1").text, dispatcher.get("/calls/2").text

    assert 'data-place="asset" data-visited' in page
    assert 'data-place="abolished"' in page
    assert 'data-place="booked"' not in page
    assert "哪里坏了？" in page
    assert "is not kept" not in page
    assert 'data-place="booked"' in others
    assert 'data-place="abolished"' not in others


@pytest.mark.usefixtures("two_calls")
def test_a_call_whose_menu_is_not_kept_says_that_it_is_shown_on_todays(town: Town, dispatcher: FlaskClient) -> None:
    with town.services.database.writing() as session:
        session.get_one(Call, 1).flow_version = "forgotten"
        session.get_one(Call, 2).flow_version = ""

    page, without = dispatcher.get("/calls/1").text, dispatcher.get("/calls/2").text

    assert "The menu of that time is not kept" in page
    assert 'data-place="booked" data-visited' in page
    assert "This call never reached the menu" in without
    assert "data-place" not in without


@pytest.mark.usefixtures("two_calls")
def test_a_file_of_calls_looks_further_back_by_itself_and_ends_where_it_is_full(town: Town) -> None:
    with town.services.database.reading() as session:
        full = find_many_calls(session, search="", only=EVERY_CALL, most=1)
        whole = find_many_calls(session, search="", only=EVERY_CALL, most=9)

        assert [len(found.calls) for found in (full, whole)] == [1, 2]
        assert full.goes_on_before_id == full.calls[0].id
        assert whole.goes_on_before_id is None
