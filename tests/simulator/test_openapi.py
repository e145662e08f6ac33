"""The stand-in for Twilio's REST interface answers as Twilio's published OpenAPI says (npm @twilio/cli-core)."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
from flask.testing import FlaskClient

from simulator.exchange import Exchange
from simulator.rest import create_rest_app
from simulator.rest_faults import RestFault
from simulator.telephone import Telephone
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import say, twiml

pytestmark = pytest.mark.proof
PACKAGE, VERSION = "@twilio/cli-core", "9.0.0"
SHA512 = (
    "14f1e6e605c0530336a004e6422dc01983c5cf852b8391b9fef0e4a54bb95aa3"
    "6ec2e790692f771f05e3757d4e33e9a2baad0b32299d7db5c34cb129e0db237e"
)
MEMBER = "package/src/services/twilio-api/twilio_api_v2010.json"
HERE, THERE = "+862195000000", "+8613800000001"


def _skip(why: str) -> None:
    refuse = pytest.fail if os.environ.get("ONECALL_SKIP_NOTHING") else pytest.skip
    refuse(why)


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Twilio's description of its own interface, the file they publish, checked by its hash."""
    npm = shutil.which("npm")
    if npm is None:
        _skip("no npm on this machine")
    folder = tmp_path_factory.mktemp("twilio")
    command = [str(npm), "pack", f"{PACKAGE}@{VERSION}", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        _skip(f"{PACKAGE} cannot be fetched: {done.stderr.decode()[-200:]}")
    assert hashlib.sha512(archives[0].read_bytes()).hexdigest() == SHA512
    with tarfile.open(archives[0]) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        described: dict[str, Any] = _as_json_schema(json.load(member))
    return described


def _as_json_schema(part: Any) -> Any:  # noqa: ANN401 - any JSON
    """Turn OpenAPI 3.0 into JSON Schema: null where it may be null, no formats: Twilio itself does not keep them."""
    if isinstance(part, list):
        return [_as_json_schema(one) for one in part]
    if not isinstance(part, dict):
        return part
    turned = {name: _as_json_schema(value) for name, value in part.items() if name not in {"format", "nullable"}}
    if part.get("nullable") is True:
        return {"anyOf": [turned, {"type": "null"}]}
    return turned


class Service(NamedTuple):
    exchange: Exchange
    client: FlaskClient
    openapi: dict[str, Any]

    def ask(self, method: str, path: str, **form: str) -> Any:  # noqa: ANN401 (what JSON says)
        """Ask as Twilio's client does, hold the answer against its description, and return what it says."""
        account = self.exchange.account_sid
        auth = (account, self.exchange.auth_token)
        answer = self.client.open(f"/2010-04-01/Accounts/{account}{path}", method=method, data=form or None, auth=auth)
        described = self._find(path)[method.lower()]["responses"]
        assert str(answer.status_code) in described, f"{method} {path} never answers {answer.status_code}"
        content = described[str(answer.status_code)].get("content", {})
        if content:
            schema = {**content["application/json"]["schema"], "components": self.openapi["components"]}
            errors = [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(answer.json)]
            assert errors == [], f"{method} {path}: {errors}"
        return answer.json

    def _find(self, path: str) -> dict[str, Any]:
        """Return the described path: its names in braces stand for sids."""
        given = ["2010-04-01", "Accounts", "{AccountSid}", *path.strip("/").split("/")]
        for described, methods in self.openapi["paths"].items():
            parts = described.strip("/").split("/")
            if len(parts) == len(given) and all(_fits(a, b) for a, b in zip(parts, given, strict=True)):
                found: dict[str, Any] = methods
                return found
        raise AssertionError(f"{path} is not described")


def _fits(described: str, given: str) -> bool:
    if described == given:
        return True
    suffix = described.partition("}")[2]
    return described.startswith("{") and given.endswith(suffix) and given[:2] in {"SM", "CA", "RE"}


@pytest.fixture
def service(connect: Connect, openapi: dict[str, Any]) -> Service:
    _, exchange = connect({"/ivr/answer": twiml(say("您好"), "<Pause length='60'/>")})
    app = create_rest_app(exchange, sleep=lambda _seconds: None)
    return Service(exchange, app.test_client(), openapi)


def test_a_text_is_answered_as_described_from_accepting_to_looking_it_up(service: Service) -> None:
    sent = service.ask("POST", "/Messages.json", To=THERE, From=HERE, Body="您好")
    service.exchange.callbacks.deliver()

    service.ask("GET", f"/Messages/{sent['sid']}.json")
    listed = service.ask("GET", "/Messages.json")

    assert [one["sid"] for one in listed["messages"]] == [sent["sid"]]


def test_a_call_is_answered_as_described_while_it_rings_and_when_it_is_over(service: Service) -> None:
    made = service.ask("POST", "/Calls.json", To=THERE, From=HERE, Url="https://app.example/say")
    service.ask("GET", f"/Calls/{made['sid']}.json")
    Telephone(number=THERE, exchange=service.exchange).decline()

    service.ask("GET", f"/Calls/{made['sid']}.json")
    service.ask("GET", "/Calls.json")


def test_a_conversations_recording_is_started_paused_and_erased_as_described(service: Service) -> None:
    call = Telephone(number=THERE, exchange=service.exchange).dial(HERE)

    started = service.ask("POST", f"/Calls/{call.sid}/Recordings.json")
    sid = started["sid"]
    service.ask("POST", f"/Calls/{call.sid}/Recordings/{sid}.json", Status="paused")
    service.ask("POST", f"/Calls/{call.sid}/Recordings/{sid}.json", Status="in-progress")
    service.ask("DELETE", f"/Recordings/{sid}.json")
    call.hang_up()


@pytest.mark.parametrize("fault", [RestFault.TOO_MANY_REQUESTS, RestFault.UNAVAILABLE, RestFault.ERROR_AFTER_ACCEPTING])
def test_an_error_has_the_form_that_twilios_own_client_reads(service: Service, fault: RestFault) -> None:
    """The description has successes alone; the form of errors is in Twilio's documentation."""
    service.exchange.rest_faults.append(fault)
    account = service.exchange.account_sid

    answer = service.client.post(
        f"/2010-04-01/Accounts/{account}/Messages.json",
        data={"To": THERE, "From": HERE, "Body": "x"},
        auth=(account, service.exchange.auth_token),
    )

    assert answer.status_code >= 400
    assert set(answer.json or {}) == {"code", "message", "more_info", "status"}


def test_an_answer_that_breaks_the_description_would_be_noticed(service: Service) -> None:
    schema = {
        **service.openapi["components"]["schemas"]["api.v2010.account.message"],
        "components": service.openapi["components"],
    }
    good = service.ask("POST", "/Messages.json", To=THERE, From=HERE, Body="您好")
    validator = jsonschema_rs.validator_for(schema)

    assert validator.is_valid(good)
    for name, wrong in {"sid": "not a sid", "status": "flying", "num_segments": 7, "uri": ["/"]}.items():
        assert not validator.is_valid({**good, name: wrong}), name
