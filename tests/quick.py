"""What makes thousands of small apps quick to build, to use and to throw away; nothing here changes what a test sees.

Every test has an app and a database of its own, so what a server does once in its life was done thousands of times:
compiling 220 URL rules, the templates and every SQL statement took nearly half of the suite's time, and collecting
garbage in a heap that holds the planner and Hypothesis a fifth.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Literal

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Engine, create_engine, event
from werkzeug.routing import Rule

import models.database
import operations.people.users

Builder = Callable[..., tuple[str, str]]

_builders: dict[tuple[object, ...], Builder] = {}
_engines: dict[str, Engine] = {}


def build_quickly() -> None:
    """Let the apps of this process share what they would compile one by one; call it before the first is built."""
    Flask.url_rule_class = RememberedRule
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": RememberedTemplates()}
    setattr(models.database, "create_engine", _create_engine)  # noqa: B010 - its own import, not its face
    real = operations.people.users._hasher
    operations.people.users._hasher = RememberedHasher(real.time_cost, real.memory_cost, real.parallelism)


def collect_garbage_rarely() -> None:
    """Collect a hundred times less often than Python does by itself: a test's garbage is small, the heap is not."""
    gc.freeze()
    gc.set_threshold(70_000, 20, 20)


class RememberedRule(Rule):
    """A URL rule whose URL builder is compiled once per process: the builder is given the rule, and keeps nothing."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:  # noqa: FBT001, FBT002 - werkzeug's own
        key = (tuple(self._trace), repr(sorted((self.defaults or {}).items())), append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


class RememberedTemplates(BytecodeCache):
    """Templates compiled once per process; a changed template has another checksum."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


class RememberedHasher(PasswordHasher):
    """Hashes with the product's own cost, once per password: that is meant to be slow, and everybody signs in.

    A hash is verified once, too; what does not fit is verified each time.
    """

    def __init__(self, time_cost: int, memory_cost: int, parallelism: int) -> None:
        super().__init__(time_cost, memory_cost, parallelism)
        self._hashes: dict[str | bytes, str] = {}
        self._fitting: set[tuple[str | bytes, str | bytes]] = set()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        if salt is not None:
            return super().hash(password, salt=salt)
        if password not in self._hashes:
            self._hashes[password] = super().hash(password)
        return self._hashes[password]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        if (hash, password) not in self._fitting:
            super().verify(hash, password)
            self._fitting.add((hash, password))
        return True


def _create_engine(url: URL, **options: Any) -> Engine:  # noqa: ANN401 - as SQLAlchemy has it
    """Create an engine that shares its dialect, and every compiled statement, with the first of its kind to connect."""
    engine = create_engine(url, **options)
    name = engine.dialect.name
    if (first := _engines.get(name)) is not None:
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    else:
        # A dialect is complete once it has seen its server.
        event.listen(engine, "connect", lambda *_: _engines.setdefault(name, engine))
    return engine
