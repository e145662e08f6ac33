"""Every sentence of the pages exists in both languages, with the same values to fill in (DESIGN rule 9)."""

import re
import string
from collections.abc import Iterable
from enum import StrEnum

import pytest

from operations.foundation.events import record_event
from policies.call_states import CallDirection, CallOutcome
from policies.channels import Channel
from policies.commitments import CommitmentKind, CommitmentState
from policies.event_hooks import DeliveryState, HookState
from policies.greetings import ConsentWay
from policies.guides import GuideKind, GuideTrouble
from policies.handovers import HandoverState
from policies.languages import Language
from policies.message_states import MessageState
from policies.priorities import Severity
from policies.request_states import CloseReason, RequestState
from policies.roles import Role
from policies.texts import TextKind, TextTrouble
from policies.visit_states import VisitState
from tests.architecture.rooms import PROJECT
from web.layout.errors import EXPLAINED
from web.wording.sentences import load_sentences

EVENTS_OF_CALLS = {
    *("call_received", "call_answered", "ended", "keys", "speech", "voicemail", "consent", "recording"),
    *("detected", "visit_call"),
}
"""Recorded about calls, which the pages show by their steps."""

WORDS_OF_A_LIST: dict[str, Iterable[str]] = {
    "role": Role,
    "severity": Severity,
    "channel": Channel,
    "outcome": [*CallOutcome, "running"],
    "request_state": RequestState,
    "visit_state": [*VisitState, "waiting"],
    "close_reason": CloseReason,
    "clock": CommitmentKind,
    "clock_state": CommitmentState,
    "message_state": MessageState,
    "message_explained": MessageState,
    "language": Language,
    "guide_kind": GuideKind,
    "consent_way": ConsentWay,
    "call_direction": CallDirection,
    "handover_state": HandoverState,
    "guide_trouble": GuideTrouble,
    "text_kind": TextKind,
    "hook_state": HookState,
    "delivery_state": DeliveryState,
    "hook_refused": ["no_address", "unknown_host", "private", "not_encrypted"],
    "text_trouble": TextTrouble,
}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def names_in_use() -> set[str]:
    """Every name that templates and pages give to say(), where it is written out."""
    files = [*(PROJECT / "web").rglob("*.html"), *(PROJECT / "web").glob("*.py")]
    found: set[str] = set()
    for file in files:
        found |= set(re.findall(r"say\(\s*[\"']([a-z_]+(?:\.[a-z0-9_]+)*)[\"']\s*[,)]", file.read_text("utf-8")))
    return found


def test_both_languages_have_the_same_sentences_to_fill_in_alike() -> None:
    chinese, english = load_sentences(Language.ZH), load_sentences(Language.EN)

    assert set(chinese) == set(english)
    # A month is a number in Chinese and a name in English.
    compared = [name for name in chinese if not name.startswith("date.")]
    assert {name for name in compared if placeholders(chinese[name]) != placeholders(english[name])} == set()


def test_every_sentence_the_pages_say_exists() -> None:
    names = names_in_use()

    assert len(names) > 50
    assert names - set(load_sentences(Language.ZH)) == set()


@pytest.mark.parametrize("prefix", sorted(WORDS_OF_A_LIST))
def test_every_word_of_a_list_has_its_name(prefix: str) -> None:
    words: list[str | StrEnum] = list(WORDS_OF_A_LIST[prefix])

    assert {f"{prefix}.{word}" for word in words} - set(load_sentences(Language.EN)) == set()


def test_every_error_is_explained_with_what_to_do() -> None:
    names = {f"error.{name}.{part}" for name in (*EXPLAINED, "link", "old_form") for part in ("title", "advice")}

    assert names - set(load_sentences(Language.ZH)) == set()


def test_every_event_that_is_recorded_has_its_name() -> None:
    assert record_event.__name__ == "record_event", "the pattern below looks for its calls"
    text = "\n".join(file.read_text("utf-8") for file in (PROJECT / "operations").rglob("*.py"))

    kinds = set(re.findall(r"\bkind=\"([a-z_]+)\"", text)) | set(re.findall(r"VisitState\.\w+, \"([a-z_]+)\"", text))

    assert {"request_opened", "visit_arrived"} <= kinds
    assert {f"event_kind.{kind}" for kind in kinds - EVENTS_OF_CALLS} - set(load_sentences(Language.EN)) == set()
