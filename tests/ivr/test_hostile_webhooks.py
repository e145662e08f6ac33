"""Whatever is posted to a webhook with a good signature: no error of ours, well-formed answers, sound data after it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from models import Technician
from operations.office.soundness import find_flaws
from policies.signed_hooks import sign_hook
from tests.town import ADDRESS, TOKEN, Town

WANG = "+8613800000001"
SECRET = "a secret for the hooks of this test"
HOSTILE = (
    "", "0", "-1", "9" * 30, "1" * 5000, "\x00", "a\x00b", "\ufeff", "\u202e", "٣", "１", "😀" * 300, "<Say>x</Say>",
    "]]>",
    "'; DROP TABLE calls; --", "=1+1", "{{7*7}}", "%s%n", "../../etc/passwd", "anonymous", "client:alice", "+86",
    "true", "null", "[]", "completed", "failed", "in-progress", "NaN", "1e999", "2K7PD", "没有图像",
)  # fmt: skip
FIELDS = (
    "CallSid", "From", "To", "Digits", "SpeechResult", "CallStatus", "Direction", "RecordingSid", "RecordingUrl",
    "RecordingDuration", "RecordingStatus", "MessageSid", "Body", "MessageStatus", "ErrorCode", "NumMedia", "MediaUrl0",
    "AnsweredBy", "DialCallStatus", "QueueResult", "SequenceNumber", "Timestamp", "ForwardedFrom",
)  # fmt: skip
words = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
forms = st.dictionaries(st.sampled_from(FIELDS), words, max_size=8)
queries = st.dictionaries(
    st.sampled_from(["turn", "m", "leg", "step", "x"]), st.integers().map(str) | words, max_size=2
)
chats = st.dictionaries(st.sampled_from(["id", "from", "text", "x"]), words | st.none() | st.integers())
one_town = settings(
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def write_mail(sender: str, subject: str, text: str) -> bytes:
    lines = (f"From: {sender} <a@b.example>", f"Subject: {subject}", f"Message-ID: <{subject}@b.example>", "", text)
    return "\r\n".join(lines).encode()


def webhooks(town: Town) -> list[str]:
    return sorted(rule.rule for rule in town.app.url_map.iter_rules() if rule.rule.startswith(("/ivr/", "/sms/")))


def assert_sound(town: Town) -> None:
    with town.services.database.reading() as session:
        assert find_flaws(session, now=town.clock.now()) == []


def test_no_webhook_breaks_on_what_is_posted_to_it(town: Town) -> None:
    client = town.app.test_client()
    call = town.phone(WANG).dial(town.hotline)
    with town.services.database.reading() as session:
        people = [WANG, *session.scalars(select(Technician.phone))]
    known = st.fixed_dictionaries(
        {"From": st.sampled_from(people), "CallSid": st.sampled_from([call.sid, "CA" + "0" * 32])}
    )

    @one_town
    @given(
        rule=st.sampled_from(webhooks(town)),
        row=st.integers(0, 9).map(str),
        form=forms,
        own=st.just({}) | known,
        query=queries,
    )
    def post(rule: str, row: str, form: dict[str, str], own: dict[str, str], query: dict[str, str]) -> None:
        path = f"{re.sub(r'<[^>]+>', row, rule)}?{urlencode(query)}".removesuffix("?")
        fields = form | own
        signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(f"{ADDRESS}{path}", fields)}

        answer = client.post(path, data=fields, headers=signed)

        assert answer.status_code < 500, (path, fields)
        # Twilio signs no NUL: a form that holds one no longer fits its signature.
        assert answer.status_code != 403 or any("\x00" in value for value in fields.values()), "the test signs wrongly"
        if answer.mimetype == "text/xml":
            ET.fromstring(answer.data)  # noqa: S314 (our own answer)

    post()
    assert_sound(town)


def test_no_hook_breaks_on_a_letter_or_a_chat(town: Town) -> None:
    client = town.app.test_client()
    town.app.extensions["onecall"] = replace(town.services, hook_secret=SECRET)

    @one_town
    @given(
        channel=st.sampled_from(["mail", "chat"]),
        body=st.binary(max_size=400)
        | chats.map(json.dumps).map(str.encode)
        | st.builds(write_mail, words, words, words),
    )
    def post(channel: str, body: bytes) -> None:
        at = str(int(town.clock.now().timestamp()))
        headers = {"X-OneCall-Timestamp": at, "X-OneCall-Signature": sign_hook(secret=SECRET, sent_at=at, body=body)}

        answer = client.post(f"/channels/{channel}", data=body, headers=headers | {"Content-Type": "application/json"})

        assert answer.status_code in {204, 422}, (channel, body)

    post()
    assert_sound(town)
