"""Solving on real processes and on a real Dask cluster of this machine, some of whose workers are killed (proof)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import dispatch
from dispatch.area_task import AreaLimits, AreaTask, pack_problem, run_area_task
from integrations.solving.dask_cluster import DaskCluster
from integrations.solving.local_processes import LocalProcesses
from integrations.solving.solver import AreaSolver, WorkersLost
from tests.architecture.rooms import PROJECT
from tests.factories.area_problem import area_problem

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

PROBLEMS = [area_problem(visits=10, seed=seed) for seed in range(3)]
LIMITS = AreaLimits(None, 1_500, seed=5)


@pytest.fixture(scope="module")
def expected() -> list[dispatch.Plan]:
    """What each problem's answer is when nothing goes wrong, in this process."""
    return [run_area_task(AreaTask(pack_problem(problem), None, LIMITS)) for problem in PROBLEMS]


class Cluster:
    """A scheduler and two workers, started as docs/scaling.md says."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._folder = folder
        self._scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        self._nannies: list[psutil.Popen] = []
        self.add_workers()

    def _options(self) -> list[str]:
        return ["--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--local-directory", str(self._folder)]

    def _run(self, *words: str) -> psutil.Popen:
        command = [sys.executable, "-m", "dask", *words]
        return psutil.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def workers(self) -> list[psutil.Process]:
        """The processes that solve: what the workers' nannies have started."""
        children = (child for nanny in self._nannies for child in nanny.children())
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def add_workers(self) -> None:
        self._nannies += [self._run("worker", self.address, *self._options()) for _ in range(2)]

    def remove_workers(self) -> None:
        """Take all workers away for good, in the middle of what they do: nobody is left to start them again."""
        for nanny in self._nannies:
            _kill_family(nanny)
        self._nannies = []

    def stop(self) -> None:
        self.remove_workers()
        _kill_family(self._scheduler)


def _kill_family(process: psutil.Popen) -> None:
    for child in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait(30)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("dask"))
    yield cluster
    cluster.stop()


def solve_all(solver: AreaSolver) -> list[dispatch.Plan]:
    """As the clock does: a thread per area."""
    with ThreadPoolExecutor(len(PROBLEMS)) as threads:
        return list(threads.map(solver.solve, PROBLEMS))


def same(plans: list[dispatch.Plan], expected: list[dispatch.Plan]) -> bool:
    return [(plan.routes, plan.score) for plan in plans] == [(plan.routes, plan.score) for plan in expected]


def kill_busy(workers: Callable[[], list[psutil.Process]], *, deaths: int, until: threading.Event) -> list[int]:
    """Kill workers while they calculate, one every second, until enough are dead or nothing is left to kill."""
    killed: list[int] = []
    while len(killed) < deaths and not until.wait(0.2):
        for process in workers():
            try:
                is_busy = process.cpu_percent(0.2) > 1.0 and process.pid not in killed
                if is_busy and len(killed) < deaths:
                    os.kill(process.pid, signal.SIGKILL)
                    killed.append(process.pid)
                    until.wait(1.0)
            except psutil.NoSuchProcess:
                continue
    return killed


def solve_while_workers_are_killed(
    solver: AreaSolver, workers: Callable[[], list[psutil.Process]], *, deaths: int
) -> tuple[list[dispatch.Plan], list[int]]:
    done = threading.Event()
    with ThreadPoolExecutor(1) as killer:
        killing = killer.submit(kill_busy, workers, deaths=deaths, until=done)
        try:
            plans = solve_all(solver)
        finally:
            done.set()
        return plans, killing.result()


def local_workers(pool: LocalProcesses) -> Callable[[], list[psutil.Process]]:
    def find() -> list[psutil.Process]:
        executor = pool._executor
        pids = list((executor._processes or {}) if executor else {})
        return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]

    return find


def test_processes_of_this_machine_give_the_answer_of_this_process(expected: list[dispatch.Plan]) -> None:
    solver = AreaSolver(LocalProcesses(processes=2), limits=LIMITS)
    try:
        assert same(solve_all(solver), expected)
    finally:
        solver.close()


def test_processes_killed_in_mid_solve_lose_nothing_and_change_nothing(expected: list[dispatch.Plan]) -> None:
    pool = LocalProcesses(processes=2)
    solver = AreaSolver(pool, limits=LIMITS)
    try:
        plans, killed = solve_while_workers_are_killed(solver, local_workers(pool), deaths=2)
    finally:
        solver.close()

    assert killed
    assert same(plans, expected)


def test_processes_that_are_killed_every_time_are_given_up() -> None:
    pool = LocalProcesses(processes=1)
    solver = AreaSolver(pool, limits=AreaLimits(None, 10_000_000))
    done = threading.Event()
    with ThreadPoolExecutor(1) as killer:
        killing = killer.submit(kill_busy, local_workers(pool), deaths=10, until=done)
        try:
            with pytest.raises(WorkersLost):
                solver.solve(PROBLEMS[0])
        finally:
            done.set()
            solver.close()
    assert len(killing.result()) == 4


def test_a_cluster_gives_the_answer_of_this_process(cluster: Cluster, expected: list[dispatch.Plan]) -> None:
    solver = AreaSolver(DaskCluster(cluster.address), limits=LIMITS)
    try:
        assert same(solve_all(solver), expected)
    finally:
        solver.close()


def test_workers_of_a_cluster_killed_in_mid_solve_lose_nothing_and_change_nothing(
    cluster: Cluster, expected: list[dispatch.Plan]
) -> None:
    solver = AreaSolver(DaskCluster(cluster.address), limits=LIMITS)
    try:
        plans, killed = solve_while_workers_are_killed(solver, cluster.workers, deaths=3)
    finally:
        solver.close()

    assert killed
    assert same(plans, expected)


def test_areas_wait_for_workers_that_are_added_after_all_others_have_left(
    cluster: Cluster, expected: list[dispatch.Plan]
) -> None:
    solver = AreaSolver(DaskCluster(cluster.address), limits=LIMITS)
    try:
        with ThreadPoolExecutor(1) as planner:
            solving = planner.submit(solve_all, solver)
            while not any(process.cpu_percent(0.2) > 1.0 for process in cluster.workers()):
                assert not solving.done()
            cluster.remove_workers()
            was_done = solving.done()
            cluster.add_workers()
            plans = solving.result()
    finally:
        solver.close()

    assert not was_done
    assert same(plans, expected)


def test_a_scheduler_that_cannot_be_reached_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    began = time.monotonic()

    with pytest.raises(OSError, match="connect"):
        AreaSolver(DaskCluster(f"tcp://127.0.0.1:{port}"), limits=LIMITS).solve(PROBLEMS[0])

    assert time.monotonic() - began < 60
