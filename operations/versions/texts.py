"""Texts of the organisation's own as versions: approved from an instant on, never rewriting what was (H2)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models import TextVersion
from operations.foundation.events import record_event, take_turn
from operations.foundation.memory import TEXTS, remember
from operations.versions.policy_versions import InForceInThePast, LaterVersionThere, NothingChanged, VersionInForce
from outbox.texts import choose_text, shipped_text, shipped_texts
from outbox.words import CONTENT
from policies.languages import Language
from policies.texts import TextFlaw, TextKind, find_text_flaws


class TextName(NamedTuple):
    """Which text: its kind and its name."""

    kind: TextKind
    name: str

    @property
    def subject(self) -> str:
        """The subject of the events that tell of it."""
        return f"text:{self.kind}:{self.name}"


class Words(NamedTuple):
    """One text in both languages."""

    text: str
    text_en: str

    def in_language(self, language: Language) -> str:
        """Return the words of one language."""
        return self.text_en if language is Language.EN else self.text


class TextFlawed(ValueError):
    """The words cannot be used; `flaws` says what and in which language."""

    def __init__(self, flaws: Sequence[TextFlaw]) -> None:
        super().__init__(", ".join(str(flaw.trouble) for flaw in flaws))
        self.flaws = tuple(flaws)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One text in a list: what it says now, whether that is the organisation's own, and whether another one comes."""

    wanted: TextName
    words: Words
    is_own: bool
    next_from_at: dt.datetime | None


class PromptsAt:
    """What the hotline says at an instant, per language: the own sentences over the product's.

    `shipped` is what the product said in another release; without it, what it says in this one.
    """

    def __init__(self, own: Mapping[str, Words], shipped: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._own, self._shipped = own, shipped
        self._made: dict[Language, Mapping[str, str]] = {}

    def __call__(self, language: Language) -> Mapping[str, str]:
        """Return every sentence of a language by its name."""
        if language not in self._made:
            shipped = self._ship(language)
            own = {name: words.in_language(language) for name, words in self._own.items() if name in shipped}
            self._made[language] = shipped | {name: choose_text(own[name], shipped[name]) for name in own}
        return self._made[language]

    def over(self, shipped: Mapping[str, Mapping[str, str]]) -> PromptsAt:
        """Return the same own sentences over what the product said in another release, per language by name."""
        return PromptsAt(self._own, shipped)

    def _ship(self, language: Language) -> dict[str, str]:
        return shipped_texts(TextKind.PROMPT, language) if self._shipped is None else dict(self._shipped[language])


def prompts_at(session: Session, at: dt.datetime) -> PromptsAt:
    """Return what the hotline says at an instant; read once per change of a text."""
    made = remember(session, topic=TEXTS, key="prompts", read=lambda: _read_prompts(session))
    return next(prompts for from_at, prompts in reversed(made) if from_at <= at)


def _read_prompts(session: Session) -> list[tuple[dt.datetime, PromptsAt]]:
    """Return what was said from each instant at which a sentence changed, the oldest first."""
    changed = select(TextVersion).where(TextVersion.kind == TextKind.PROMPT)
    own = dict[str, Words]()
    made = [(dt.datetime.min.replace(tzinfo=dt.UTC), PromptsAt({}))]
    for version in session.scalars(changed.order_by(TextVersion.in_force_from_at, TextVersion.version)):
        own = {name: words for name, words in own.items() if name != version.name}
        if version.text is not None and version.text_en is not None:
            own[version.name] = Words(version.text, version.text_en)
        made.append((version.in_force_from_at, PromptsAt(own)))
    return made


@cache
def load_samples(language: Language) -> Mapping[str, Any]:
    """Return the longest of what each placeholder can be, in a language."""
    samples: dict[str, Any] = json.loads((CONTENT / "samples" / f"{language}.json").read_text("utf-8"))
    return samples


def shipped_words(wanted: TextName) -> Words:
    """Return a text as it comes with the product; raises UnknownText."""
    return Words(*(shipped_text(*wanted, language) for language in (Language.ZH, Language.EN)))


def words_of(version: TextVersion | None, wanted: TextName) -> Words:
    """Return what a version says; without one, or when it says so, what comes with the product."""
    if version is None or version.text is None or version.text_en is None:
        return shipped_words(wanted)
    return Words(version.text, version.text_en)


def list_texts(session: Session, *, kind: TextKind | None, words: str, at: dt.datetime) -> list[TextLine]:
    """Return every text of a kind (None: of all) that has `words` in its name or in either language, as it is now."""
    versions = dict[tuple[TextKind, str], list[TextVersion]]()
    for version in session.scalars(select(TextVersion).order_by(TextVersion.in_force_from_at, TextVersion.version)):
        versions.setdefault((version.kind, version.name), []).append(version)
    lines = [
        _line(TextName(one, name), versions.get((one, name), ()), at)
        for one in ([kind] if kind else TextKind)
        for name in shipped_texts(one, Language.ZH)
    ]
    return [line for line in lines if _holds(words.casefold(), (line.wanted.name, *line.words))]


def list_text_versions(session: Session, *, wanted: TextName) -> Sequence[TextVersion]:
    """Return every version of a text, the last first."""
    return session.scalars(_of(wanted).order_by(TextVersion.version.desc())).all()


def find_flaws_of(wanted: TextName, words: Words) -> tuple[TextFlaw, ...]:
    """Return everything that keeps words from being used, in both languages; raises UnknownText."""
    return tuple(
        flaw
        for language in Language
        for flaw in find_text_flaws(
            wanted.kind,
            text=words.in_language(language),
            shipped=shipped_text(*wanted, language),
            samples=load_samples(language),
            language=language,
        )
    )


def lock_text(session: Session, *, wanted: TextName) -> TextVersion | None:
    """Return the last version of a text, or None; nobody else changes the text until the transaction ends."""
    take_turn(session, wanted.subject)
    return session.scalars(_of(wanted).order_by(TextVersion.version.desc()).limit(1)).first()


def approve_text(
    session: Session,
    *,
    wanted: TextName,
    words: Words | None,
    in_force_from_at: dt.datetime,
    by: str,
    now: dt.datetime,
) -> TextVersion:
    """Put words in force from an instant on; None is what comes with the product.

    Raises UnknownText, TextFlawed, NothingChanged, InForceInThePast or LaterVersionThere.
    """
    shipped = shipped_words(wanted)
    flaws = find_flaws_of(wanted, words) if words else ()
    if flaws:
        raise TextFlawed(flaws)
    last = lock_text(session, wanted=wanted)
    before = words_of(last, wanted)
    if (words or shipped) == before:
        raise NothingChanged
    if in_force_from_at < now:
        raise InForceInThePast(in_force_from_at)
    if last is not None and last.in_force_from_at > in_force_from_at:
        raise LaterVersionThere(last.in_force_from_at)
    version = TextVersion(
        kind=wanted.kind,
        name=wanted.name,
        version=last.version + 1 if last else 1,
        text=words.text if words else None,
        text_en=words.text_en if words else None,
        in_force_from_at=in_force_from_at,
        approved_by=by,
        approved_at=now,
    )
    session.add(version)
    session.flush()
    after = words or shipped
    facts = {"from": in_force_from_at.isoformat(), "before": list(before), "after": list(after)}
    _put_on_record(session, wanted, "text_approved", facts, by=by, now=now)
    return version


def withdraw_text(session: Session, *, version: TextVersion, by: str, now: dt.datetime) -> None:
    """Take the last version of a text back while it is not in force; raises VersionInForce or LaterVersionThere."""
    wanted = TextName(version.kind, version.name)
    take_turn(session, wanted.subject)
    if version.in_force_from_at <= now:
        raise VersionInForce(version.in_force_from_at)
    if session.scalar(select(func.max(TextVersion.version)).where(*_is(wanted))) != version.version:
        raise LaterVersionThere(version.in_force_from_at)
    facts = {"from": version.in_force_from_at.isoformat(), "before": list(words_of(version, wanted))}
    session.delete(version)
    session.flush()
    _put_on_record(session, wanted, "text_withdrawn", facts, by=by, now=now)


def _line(wanted: TextName, versions: Sequence[TextVersion], at: dt.datetime) -> TextLine:
    present = next((one for one in reversed(versions) if one.in_force_from_at <= at), None)
    ahead = next((one.in_force_from_at for one in versions if one.in_force_from_at > at), None)
    is_own = present is not None and present.text is not None
    return TextLine(wanted, words_of(present, wanted), is_own, ahead)


def _holds(words: str, texts: Iterable[str]) -> bool:
    return not words or any(words in text.casefold() for text in texts)


def _of(wanted: TextName) -> Select[TextVersion]:
    return select(TextVersion).where(*_is(wanted))


def _is(wanted: TextName) -> tuple[Any, ...]:
    return TextVersion.kind == wanted.kind, TextVersion.name == wanted.name


def _put_on_record(
    session: Session, wanted: TextName, kind: str, facts: Mapping[str, Any], *, by: str, now: dt.datetime
) -> None:
    record_event(
        session,
        subject=wanted.subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="page",
        actor=by,
        facts=facts,
    )
