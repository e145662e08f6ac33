"""How gunicorn serves OneCall. `WEB_CONCURRENCY` sets the number of processes, GUNICORN_CMD_ARGS anything else."""

import gc
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from config import ConfigurationError, load_settings

try:
    settings = load_settings(os.environ)
except ConfigurationError as error:
    print(error, file=sys.stderr)  # noqa: T201 (once, from the master, before any worker starts)
    sys.exit(1)

wsgi_app = "wsgi:app"
bind = [f"127.0.0.1:{settings.port}"]

# One process with threads: on SQLite a second process would wait for the first one's writes by polling.
# On PostgreSQL set WEB_CONCURRENCY to the number of cores.
worker_class = "gthread"
threads = 32
keepalive = 5

graceful_timeout = 10  # seconds a call in progress gets to be answered when the process is told to end
timeout = 60

# The workers' heartbeat file in memory: on a slow disk the master would take a busy worker for a dead one.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn makes a private file there)
control_socket_disable = True


def post_worker_init(_worker: object) -> None:
    """Let no thread of a worker hold up the others.

    What is loaded is left out of garbage collection: a pass over planner and tables held all callers for 0.7 s. Threads
    take turns after 1 ms instead of 5: who holds the live plan asks the database forty times, and waits for a turn
    after each answer.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
