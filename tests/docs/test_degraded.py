"""docs/operating.md says of each part that may be down what it means, where it shows, and which test tries it."""

import json
import re

from policies.degraded import Trouble
from tests.docs.pages import read, rows, sections, written_tests

DOWN = list(rows(sections(read("docs/operating.md"), level=2)["When a part is down"]))[1:]


def test_each_part_that_may_be_down_has_a_drill_there_is() -> None:
    drills = {row[0]: set(re.findall(r"`(test_\w+)`", row[3])) for row in DOWN}

    assert [part for part, names in drills.items() if not names] == []
    assert set.union(*drills.values()) - written_tests() == set()


def test_each_part_that_may_be_down_shows_where_people_and_machines_look() -> None:
    """Where the database is down no page of the office comes, and where the web process is, nothing does."""
    told = {trouble: [row[2] for row in DOWN if re.search(rf"\b{trouble}\b", row[2])] for trouble in Trouble}

    assert [trouble for trouble, where in told.items() if len(where) != 1] == []
    assert [where for (where,) in told.values() if "strip" not in where or "`/readyz`" not in where] == []


def test_the_strip_has_a_sentence_for_each_part_in_both_languages() -> None:
    for language in ("zh-CN", "en"):
        sentences = json.loads(read(f"content/pages/{language}.json"))
        assert [trouble for trouble in Trouble if not sentences.get(f"trouble.{trouble}")] == []
