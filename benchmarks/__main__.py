"""`make bench ARGS="NAME …"`: run one benchmark by name; without a name, say which there are."""

from __future__ import annotations

import runpy
import sys

BENCHMARKS = {
    "voice": "signed calls through gunicorn, each step with its commit, beside an empty app (a minute or two)",
    "processes": "the same callers on 1 to 4 web processes and one PostgreSQL (ten minutes)",
    "board": "the board, 60 technicians x 400 visits x 3 days: pages, updates, verdicts, 30 watchers (a minute)",
    "planner": "the planner and its peers on published instances and city days; see --help (minutes to hours)",
    "quote": "windows for one more visit, 14 to 200 technicians x 3 days, beside OR-Tools (a minute)",
    "replan": "the smallest good change after an event, 60 technicians x 3 days, beside solving anew (a minute)",
    "table": "one table of the figures of several planner runs",
    "city_days": "write a city day of a given size to a file",
    "country": "25 areas solved with one worker and with two; --share makes it smaller (a minute to hours)",
    "replay": "simulated days a minute of the replay engine (a minute)",
    "clocks": "clocks of 1,000 to 1,000,000 requests read again from their events, and the picture (some minutes)",
    "year": "what simulated years of clocks took, from their folders, and the picture (a second)",
    "messages": "messages through the outbox with 1, 2 and 4 senders, beside a job queue (some minutes)",
    "history": "lists and reports over 10,000 to 1,000,000 requests of history in PostgreSQL (half an hour)",
    "restore": "seconds to bring a lost PostgreSQL back from its backup, checks included (some minutes)",
    "soak": "callers, desks and texts for an hour or --minutes 10, and whether memory or waits creep, with curves",
    "growth": "time and memory from 50 to 5,000 visits, and the picture of it (ten minutes)",
}


def main() -> int:
    """Hand over to the benchmark named first; its own options follow."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in BENCHMARKS:
        print('Choose a benchmark: make bench ARGS="NAME [options]"')
        for known, words in BENCHMARKS.items():
            print(f"  {known:10} {words}")
        return 0 if not name else 2
    del sys.argv[1]
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
