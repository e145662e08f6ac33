"""Twilio takes a text, and what comes back is nonsense: it leaves once, and is told while nobody knows."""

import datetime as dt
from dataclasses import dataclass, replace

import pytest
import requests
from requests.adapters import BaseAdapter
from twilio.http.http_client import TwilioHttpClient

from integrations.twilio_providers import open_providers
from jobs.clock import run_job
from jobs.table import JOBS
from models import Message
from operations.office.vital_signs import read_vital_signs
from policies.degraded import Trouble, list_troubles
from policies.message_states import MessageState
from simulator.in_process import WsgiAdapter, never_answer
from simulator.rest import create_rest_app
from tests.factories.messages import make_message
from tests.town import ACCOUNT, ADDRESS, HOTLINE, TOKEN, Town

HERS = "+8613800000001"


@dataclass
class Mangling(BaseAdapter):
    """Something in between: it lets every question through, and answers as it likes while it has something to say."""

    behind: BaseAdapter
    status: int = 200
    said: str | None = None

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        answer = self.behind.send(request, *args, **kwargs)  # type: ignore[arg-type]
        if self.said is not None:
            answer.status_code, answer._content = self.status, self.said.encode()
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, "<html>502 Bad Gateway</html>"),
        (201, "{}"),
        (201, '{"sid": ["SM1"]}'),
        (201, '{"sid": "SM'),
        (200, '{"status": 400, "code": 21211, "message": "no"}'),
        (503, '{"code": [1], "message": "\\u0000\\ud800"}'),
    ],
)
def test_a_text_whose_answer_was_mangled_leaves_once_and_is_told_meanwhile(town: Town, status: int, said: str) -> None:
    line = Mangling(WsgiAdapter(create_rest_app(town.exchange, sleep=never_answer)), status, said)
    http = TwilioHttpClient(timeout=5)
    http.session.mount("https://api.twilio.com", line)
    providers = open_providers(
        account_sid=ACCOUNT, auth_token=TOKEN, from_number=HOTLINE, public_base_url=ADDRESS, http_client=http
    )
    services = replace(town.services, providers=providers)

    def let_pass(minutes: int) -> tuple[MessageState, tuple[Trouble, ...]]:
        for _ in range(minutes):
            town.clock.set(town.clock.now() + dt.timedelta(minutes=1))
            run_job(services, JOBS[0])
        with services.database.reading() as session:
            signs = read_vital_signs(session, now=town.clock.now(), folder=services.spool_file.parent)
            return session.get_one(Message, message_id).state, list_troubles(signs)

    with services.database.writing() as session:
        message_id = make_message(session, body="x", to_number=HERS, created_at=town.clock.now()).id

    meanwhile, troubles = let_pass(20)
    line.said = None
    after, _ = let_pass(15)

    assert (meanwhile, Trouble.MESSAGES_WAIT in troubles) == (MessageState.UNCERTAIN, True)
    assert after is MessageState.SENT
    assert [sms.body for sms in town.phone(HERS).inbox] == ["x"]
