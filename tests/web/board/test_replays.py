"""What-if on the pages: ordered by a form, watched, stopped, compared, taken away (D16)."""

import datetime as dt

import pytest
from flask.testing import FlaskClient

from dispatch.replay import NAMES, Figures
from jobs.play_replays import play_replays
from operations.replay.replay_orders import find_next_batch, keep_runs
from policies.roles import Role
from tests.town import EVENING, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

DAY = "2026-11-22"


@pytest.fixture
def past(town: Town) -> Town:
    """A town in which somebody called yesterday."""
    call_and_book(town)
    town.clock.set(EVENING + dt.timedelta(hours=30))
    return town


def order(client: FlaskClient, **form: object) -> str:
    """Order a replay, and return the address of its page."""
    token = read_token(client, "/replays")
    answer = client.post("/replays", data={"on": DAY, "runs": "8", "csrf_token": token, **form})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def play_once(town: Town) -> None:
    """Keep four runs in which a change makes four customers fewer hear of a delay, and two hours more of overtime."""
    with town.services.database.writing() as session:
        batch = find_next_batch(session)
        assert batch is not None
        rows = []
        for number in batch.numbers:
            before = dict.fromkeys(NAMES, float(number))
            after = {**before, "customers_told_late": number - 4.0, "overtime_minutes": number + 120.0}
            rows.append((Figures(**before), Figures(**after)))
        keep_runs(session, batch=batch, rows=rows, now=town.clock.now())


def test_a_replay_is_ordered_watched_compared_stopped_and_taken_away(past: Town, dispatcher: FlaskClient) -> None:
    address = order(dispatcher, without="T2", policy_key="freeze_minutes", policy_value="30", name="One less")
    waiting = dispatcher.get(address).text
    play_once(past)

    part = dispatcher.get(address, headers={"HX-Request": "true"}).text
    dispatcher.post(f"{address}/stop", data={"csrf_token": read_token(dispatcher, address)})
    stopped = dispatcher.get(address).text
    table = dispatcher.get(f"{address}.csv").data.decode("utf-8-sig")

    assert "waits for its turn" in waiting
    assert "-T2, freeze_minutes=30" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "<html" not in part
    assert "4 of 8 runs" in part
    assert "−4.0 ± 0.0" in part
    assert "better" in part[part.index("told of a delay") :][:900]
    assert "+120.0 ± 0.0" in part
    assert "worse" in part[part.index("overtime, minutes") :][:900]
    assert "stopped" in stopped
    assert 'hx-trigger="every 2s"' not in stopped
    assert '"driving, minutes",1.5,' in table
    assert "One less" in dispatcher.get("/replays").text
    assert play_replays(past.services) == 0
    assert dispatcher.get(f"{address}.exe").status_code == 404
    assert dispatcher.get("/replays/999").status_code == 404


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"on": ""}, "Please fill this in."),
        ({"days": "many"}, "A whole number"),
        ({"days": "3"}, "Choose a period that is over"),
        ({"on": "2020-01-01"}, "Nobody works in this period."),
        ({"without": "T99"}, "there is no technician"),
        ({"calls_percent": "150"}, "calls of a past day"),
        ({"policy_key": "window_minutes", "policy_value": "long"}, "is no whole number"),
        ({"runs": "1"}, "2 to 200 runs."),
    ],
)
def test_what_cannot_be_played_is_said_beside_its_field(
    form: dict[str, str], words: str, dispatcher: FlaskClient
) -> None:
    token = read_token(dispatcher, "/replays")

    answer = dispatcher.post("/replays", data={"on": DAY, "runs": "8", "csrf_token": token, **form})

    assert answer.status_code == 422
    assert words in answer.text.replace("&#39;", "'")
    assert "Nothing has been tried out yet." in answer.text


def test_planners_order_the_office_reads_and_technicians_see_nothing(past: Town, sign_in: SignIn) -> None:
    address = order(sign_in(Role.MANAGER))
    clerk, technician = sign_in(Role.CLERK), sign_in(Role.TECHNICIAN)
    token = read_token(clerk, "/desk")

    assert clerk.get(address).status_code == 200
    assert 'id="stop"' not in clerk.get(address).text
    assert clerk.post("/replays", data={"on": DAY, "csrf_token": token}).status_code == 403
    assert clerk.post(f"{address}/stop", data={"csrf_token": token}).status_code == 403
    assert technician.get(address).status_code == 403
    assert find_state(past) == "waiting"


def find_state(town: Town) -> str:
    with town.services.database.reading() as session:
        batch = find_next_batch(session)
    return "waiting" if batch is not None else "over"
