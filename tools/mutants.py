"""`make mutants`: change the rules in small ways, one at a time, and show the changes that no test notices.

cosmic-ray makes the changes, on a copy of the project, so that an interruption leaves nothing changed. Places are drawn
with a seed, and one change for each, so that a run can be repeated; what a survivor means is for a person to say
(docs/reliability.md).
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

PROJECT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "migrations", "vendor")
LONGEST_SECONDS = 120.0
"""A change that makes the tests run so long has been noticed."""
# The suite's plugins and fixtures import the whole house, which takes longer than the tests of a rule.
COMMAND = (
    f"env PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {shlex.quote(sys.executable)} -m pytest --noconftest -x -q -o addopts= "
    "-m 'not proof' -p no:cacheprovider -p pytest_timeout -p tests.mutants_profile"
)
# A break for a continue may run for ever; | stands in types; a word that `is` another is equal to it, too.
UNINTERESTING = (
    "BinaryOperator_BitOr", "BreakWithContinue", "ContinueWithBreak", "Eq_Is", "Is_Eq", "IsNot_NotEq", "NotEq_IsNot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """Rules that are changed, and the tests that should notice."""

    module: str
    tests: str


ROOMS = (
    Room("policies/contact_rules.py", "tests/policies/test_contact_rules.py"),
    Room("policies/entitlement.py", "tests/policies/test_entitlement.py"),
    Room("policies/offers.py", "tests/policies/test_offers.py"),
    Room("policies/responsibility.py", "tests/policies/test_responsibility.py"),
    Room("policies/returns.py", "tests/policies/test_returns.py"),
    Room("policies/settlement.py", "tests/policies/test_settlement.py"),
    Room("ivr/twiml_gate.py", "tests/ivr/test_twiml_gate.py"),
    Room("dispatch/check.py", "tests/dispatch/test_check.py tests/dispatch/test_rule_table.py"),
    Room("policies/clocks/calendars.py", "tests/policies/clocks"),
    Room("policies/clocks/reading.py", "tests/policies/clocks"),
)


def main(words: Sequence[str] | None = None) -> int:
    """Change each room `--sample` times and print what came of it; the exit status tells only whether it could be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=20, help="changes of each room (20)")
    parser.add_argument("--seed", type=int, default=1, help="which places are drawn (1)")
    parser.add_argument("--only", default="", help="rooms whose path holds this")
    wanted = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="onecall-mutants-") as name:
        copy = Path(name) / "project"
        shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)
        with contextlib.chdir(copy):
            return max(
                change_room(room, random.Random(wanted.seed), wanted.sample)
                for room in ROOMS
                if wanted.only in room.module
            )


def change_room(room: Room, chance: random.Random, sample: int) -> int:
    """Change so many places of a room, one after the other, and print what came of it; 1 if it could not be begun."""
    command = f"{COMMAND} {room.tests}"
    # This run also leaves the tests compiled for all those that follow.
    if subprocess.run(shlex.split(command), stdout=subprocess.DEVNULL, check=False).returncode != 0:
        print(f"{room.module}: its tests fail without a change: {command}", file=sys.stderr)
        return 1
    places = find_places(Path(room.module))
    outcomes: Counter[str] = Counter()
    for place in chance.sample(sorted(places), min(sample, len(places))):
        mutation = chance.choice(places[place])
        result = mutate_and_test([mutation], command, LONGEST_SECONDS)
        outcomes[(result.test_outcome or result.worker_outcome).value] += 1
        if result.test_outcome != TestOutcome.KILLED:
            print(result.diff or result.output, flush=True)
    print(
        room.module,
        f"{len(places)} places",
        *(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())),
        flush=True,
    )
    return 0


def find_places(module: Path) -> dict[tuple[int, int], list[MutationSpec]]:
    """Return the changes that are possible, by where (line and column) they are made; a decorator is no rule."""
    lines = module.read_text(encoding="utf-8").splitlines()
    with use_db(":memory:", WorkDB.Mode.create) as database:
        init([module], database, {})
        found = [item.mutations[0] for item in database.work_items]
    places = defaultdict(list)
    for mutation in sorted(found, key=lambda each: (each.operator_name, each.occurrence)):
        is_decorator = lines[mutation.start_pos[0] - 1].lstrip().startswith("@")
        if not is_decorator and not any(word in mutation.operator_name for word in UNINTERESTING):
            places[mutation.start_pos].append(mutation)
    return dict(places)


if __name__ == "__main__":
    sys.exit(main())
