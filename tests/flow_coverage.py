"""Which places of the menu the tests hear, in which language: `make flow` prints it and fails when one was never heard.

A plugin for pytest (`-p tests.flow_coverage`): it watches the steps that calls write into their log.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.orm import object_session

from ivr.flow import NODES
from models import Call, CallEvent
from policies.languages import Language

Place = tuple[str, str]
"""A node of the menu and a language."""

HEARD: dict[Place, set[str]] = defaultdict(set)
"""By place: the tests in which a caller heard it."""
WORKERS_KEY = "flow_coverage"


@event.listens_for(CallEvent, "before_insert")
def note_place(_mapper: object, _connection: object, step: CallEvent) -> None:
    """Remember the running test for the place a call is told about: by the app, as it answers a webhook."""
    session = object_session(step)
    if step.kind != "said" or session is None or not has_request_context():
        return
    calls = (known for known in session.identity_map.values() if isinstance(known, Call))
    call = next((known for known in calls if known.id == step.call_id), None)
    if call is not None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "outside a test").partition(" ")[0]
        HEARD[step.node, str(call.language)].add(test)


def list_gaps(heard: Iterable[Place]) -> list[Place]:
    """Return every place of the menu that was not heard, in the order of the menu."""
    known = set(heard)
    return [place for node in NODES for language in Language if (place := (node, str(language))) not in known]


def write_report(heard: Mapping[Place, set[str]]) -> Iterator[str]:
    """Yield a line for each node: in how many tests it was heard in each language."""
    width = max(map(len, NODES))
    yield "  ".join(["place".ljust(width), *(str(language).rjust(6) for language in Language)])
    for node in NODES:
        counts = (len(heard.get((node, str(language)), ())) for language in Language)
        yield "  ".join([node.ljust(width), *(str(count or "never").rjust(6) for count in counts)])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it heard; whoever has it all fails the run when a place is missing."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[WORKERS_KEY] = [(*place, sorted(tests)) for place, tests in HEARD.items()]
    elif list_gaps(HEARD):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 (a worker of pytest-xdist)
    """Take in what a worker heard."""
    for name, language, tests in getattr(node, "workeroutput", {}).get(WORKERS_KEY, ()):
        HEARD[name, language].update(tests)


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 (pytest's own, private class)
    """Print the report, and last what is missing."""
    terminalreporter.section("the menu, by tests that heard it")
    for line in write_report(HEARD):
        terminalreporter.write_line(line)
    for node, language in list_gaps(HEARD):
        terminalreporter.write_line(f"nobody hears {node} in {language}", red=True)
