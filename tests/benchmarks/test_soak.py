"""The mixed load: what its curves say, and that it says when something creeps."""

from collections import Counter
from threading import Event

import pytest

from benchmarks.soak import Load, Stretch, creep, draw


def stretch(minutes: float, *, web_mb: float = 300.0, webhooks: int = 20) -> Stretch:
    return Stretch(minutes, web_mb, 200.0, 100.0, webhooks, 80.0, 12, 150.0, 3, 0)


def test_memory_that_grows_after_the_first_quarter_is_said_in_per_cent() -> None:
    warm_then_flat = [stretch(n, web_mb=100.0 if n < 3 else 300.0) for n in range(12)]
    leaking = [stretch(n, web_mb=300.0 + 10 * n) for n in range(12)]

    assert creep(warm_then_flat, "web_mb") == 0
    assert creep(leaking, "web_mb") == pytest.approx(100 * (400 / 340 - 1))
    assert creep(leaking[:1], "web_mb") == 0


def test_the_curves_show_each_measure_and_leave_out_a_stretch_in_which_nobody_came() -> None:
    drawn = draw([stretch(n + 1.0, webhooks=0 if n == 8 else 20) for n in range(30)])

    assert all(
        title in drawn for title in ("web processes, MiB", "clock and planner, MiB", "webhook, p99 ms", "page, p99 ms")
    )
    assert drawn.count("<circle") == 4 * 9


def test_what_fails_is_counted_and_the_others_go_on() -> None:
    came, load = Event(), Load("http://127.0.0.1:1", ["123456"], ["+8613900000001"])

    def fail(_number: int) -> None:
        came.set()
        raise RuntimeError("down")

    load._do(fail, 1)
    load.calls.by_step["answer"].append(4.0)

    assert came.is_set()
    assert load.failures == Counter({"fail: RuntimeError('down')": 1})
    assert load.take() == ([4.0], [], 1)
    assert load.take() == ([], [], 1), "each stretch begins anew; failures add up"
