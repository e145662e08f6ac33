"""The knowledge base: what callers are told about a fault or a product, written by the office in versions (H4, H7).

A version comes into force at its instant and never changes after that; a call holds on to the version it began with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, case, distinct, func, select
from sqlalchemy.orm import Session, joinedload

from models import Call, FaultCategory, Guide, GuideEntry, HeardEntry, Product
from outbox.words import load_prompts, name_in
from policies.guides import Flaw, Frame, GuideKind, Wording, find_flaws
from policies.languages import Language

CATALOGUE = "catalogue"
"""Who wrote the versions that come with the product."""


class Subject(NamedTuple):
    """What a guide is about: a fault's code or a product family, and the model that has a guide of its own."""

    kind: GuideKind
    about: str
    model_code: str = ""


class GuideReleased(ValueError):
    """A version that has been released never changes; a new draft is needed."""


class GuideFlawed(ValueError):
    """The draft cannot be told to callers; `flaws` says what and where."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(", ".join(str(flaw.trouble) for flaw in flaws))
        self.flaws = tuple(flaws)


class InForceInThePast(ValueError):
    """A version cannot come into force before now: callers have heard another one."""

    field = "in_force_from"


@dataclass(frozen=True, slots=True)
class Help:
    """How often an entry was heard, and how often it solved the matter."""

    heard: int = 0
    solved: int = 0

    @property
    def percent(self) -> int | None:
        """The share that was solved, or None while nobody has heard it."""
        return round(100 * self.solved / self.heard) if self.heard else None


def frames_of(kind: GuideKind) -> Mapping[Language, Frame]:
    """Return what the hotline says around a guide's entries, per language."""
    frames = {}
    for language in Language:
        prompts = load_prompts(language)
        if kind is GuideKind.STEPS:
            frames[language] = Frame(after=prompts["diagnosis_choice"])
        else:
            choice = prompts["answers_choice"].format(question="", key="1")
            other = prompts["answers_other"].format(key="5")
            frames[language] = Frame(prompts["answer_choice"], choice, other)
    return frames


def find_in_force(session: Session, *, subject: Subject, at: dt.datetime) -> Guide | None:
    """Return the version in force at an instant: the model's own, or else the whole family's."""
    for model_code in dict.fromkeys((subject.model_code, "")):
        found = session.scalars(
            _of(subject._replace(model_code=model_code))
            .where(Guide.in_force_from_at <= at)
            .order_by(Guide.in_force_from_at.desc(), Guide.version.desc())
            .limit(1)
        ).first()
        if found is not None:
            return found
    return None


def list_versions(session: Session, *, subject: Subject) -> Sequence[Guide]:
    """Return every version of a subject, the newest first; a draft is the first of them."""
    return session.scalars(_of(subject).order_by(Guide.version.desc())).all()


def find_guides(session: Session, *, entry_ids: Collection[int]) -> Mapping[int, Guide]:
    """Return the version each entry belongs to, by the entry's id."""
    entries = session.scalars(
        select(GuideEntry).where(GuideEntry.id.in_(entry_ids)).options(joinedload(GuideEntry.guide))
    )
    return {entry.id: entry.guide for entry in entries}


def open_draft(session: Session, *, subject: Subject, by: str, now: dt.datetime) -> Guide:
    """Return the draft of a subject; a new one begins with the words of the newest version."""
    versions = list_versions(session, subject=subject)
    newest = versions[0] if versions else None
    if newest is not None and newest.in_force_from_at is None:
        return newest
    template = newest or find_in_force(session, subject=subject, at=now)
    draft = Guide(**subject._asdict(), version=newest.version + 1 if newest else 1, written_at=now, written_by=by)
    session.add(draft)
    _write(session, draft, wordings_of(template) if template else ())
    return draft


def save_draft(session: Session, *, draft: Guide, wordings: Sequence[Wording], by: str, now: dt.datetime) -> None:
    """Replace the words of a draft; they need not be fit to be told yet. Raises GuideReleased."""
    _demand_draft(draft)
    draft.written_at, draft.written_by = now, by
    _write(session, draft, wordings)


def release_draft(session: Session, *, draft: Guide, in_force_from_at: dt.datetime, by: str, now: dt.datetime) -> None:
    """Let a draft come into force; raises GuideReleased, GuideFlawed or InForceInThePast."""
    _demand_draft(draft)
    flaws = find_flaws(draft.kind, wordings_of(draft), frames_of(draft.kind))
    if flaws:
        raise GuideFlawed(flaws)
    if in_force_from_at < now:
        raise InForceInThePast(in_force_from_at)
    draft.in_force_from_at, draft.released_by = in_force_from_at, by
    session.flush()


def discard_draft(session: Session, *, draft: Guide) -> None:
    """Throw a draft away; raises GuideReleased, for what callers have heard is kept."""
    _demand_draft(draft)
    session.delete(draft)
    session.flush()


def plant_guide(session: Session, *, subject: Subject, wordings: Sequence[Wording], now: dt.datetime) -> bool:
    """Bring the catalogue's words into force; False when they are, or when the office has written its own since."""
    versions = list_versions(session, subject=subject)
    if any(version.written_by != CATALOGUE for version in versions):
        return False
    if versions and wordings_of(versions[0]) == tuple(wordings):
        return False
    draft = open_draft(session, subject=subject, by=CATALOGUE, now=now)
    save_draft(session, draft=draft, wordings=wordings, by=CATALOGUE, now=now)
    release_draft(session, draft=draft, in_force_from_at=now, by=CATALOGUE, now=now)
    return True


def wordings_of(guide: Guide) -> tuple[Wording, ...]:
    """Return the entries of a version in words."""
    return tuple(Wording(one.title, one.title_en, one.text, one.text_en) for one in guide.entries)


def note_heard(session: Session, *, call: Call, entry_id: int, is_solved: bool, now: dt.datetime) -> None:
    """Remember whether an entry helped this caller; who hears it again in one call counts once, by the last word."""
    known = session.scalars(
        select(HeardEntry).where(HeardEntry.entry_id == entry_id, HeardEntry.call_id == call.id)
    ).one_or_none()
    if known is None:
        session.add(HeardEntry(entry_id=entry_id, call_id=call.id, is_solved=is_solved, heard_at=now))
    else:
        known.is_solved, known.heard_at = is_solved, now
    session.flush()


def measure_entries(session: Session, *, entry_ids: Collection[int]) -> Mapping[int, Help]:
    """Return how far each entry has helped; one nobody heard is missing."""
    counted = session.execute(
        select(HeardEntry.entry_id, func.count(), func.count().filter(HeardEntry.is_solved))
        .where(HeardEntry.entry_id.in_(entry_ids))
        .group_by(HeardEntry.entry_id)
    )
    return {entry_id: Help(heard, solved) for entry_id, heard, solved in counted}


def measure_subjects(session: Session, *, kind: GuideKind) -> Mapping[str, Help]:
    """Return how far all versions about each fault or family have helped: calls, and those of them solved."""
    solved = case((HeardEntry.is_solved, HeardEntry.call_id))
    counted = session.execute(
        select(Guide.about, func.count(distinct(HeardEntry.call_id)), func.count(distinct(solved)))
        .join(GuideEntry, GuideEntry.guide_id == Guide.id)
        .join(HeardEntry, HeardEntry.entry_id == GuideEntry.id)
        .where(Guide.kind == kind)
        .group_by(Guide.about)
    )
    return {about: Help(heard, helped) for about, heard, helped in counted}


def list_subjects(session: Session, *, language: Language) -> Mapping[str, list[tuple[Subject, str]]]:
    """Return what guides can be about, by product family: its faults, then its common questions; each with its name."""
    products = _names_of_families(session, language)
    families: dict[str, list[tuple[Subject, str]]] = {family: [] for family in products}
    for fault in session.scalars(select(FaultCategory).order_by(FaultCategory.family, FaultCategory.position)):
        subject = Subject(GuideKind.STEPS, fault.code)
        families.setdefault(fault.family, []).append((subject, name_in(fault, language)))
    for family, subjects in families.items():
        subjects.append((Subject(GuideKind.QUESTIONS, family), products.get(family, family)))
    return families


class NamedSubject(NamedTuple):
    """A subject's name, empty when there is no such thing, and the models that can have a guide of their own."""

    name: str
    models: Mapping[str, str]


def name_subject(session: Session, *, subject: Subject, language: Language) -> NamedSubject:
    """Return what a subject is called, and the models of its family by code."""
    fault = session.scalars(select(FaultCategory).where(FaultCategory.code == subject.about)).one_or_none()
    is_about_fault = subject.kind is GuideKind.STEPS
    family = fault.family if is_about_fault and fault is not None else subject.about
    products = session.scalars(select(Product).where(Product.family == family).order_by(Product.model_code)).all()
    models = {product.model_code: name_in(product, language) for product in products}
    if (is_about_fault and fault is None) or (not is_about_fault and not models):
        return NamedSubject("", models)
    if subject.model_code and subject.model_code not in models:
        return NamedSubject("", models)
    return NamedSubject(name_in(fault, language) if is_about_fault and fault else ", ".join(models.values()), models)


def _names_of_families(session: Session, language: Language) -> dict[str, str]:
    families: dict[str, list[str]] = {}
    for product in session.scalars(select(Product).order_by(Product.family, Product.model_code)):
        families.setdefault(product.family, []).append(name_in(product, language))
    return {family: ", ".join(names) for family, names in families.items()}


def _of(subject: Subject) -> Select[Guide]:
    return select(Guide).where(
        Guide.kind == subject.kind, Guide.about == subject.about, Guide.model_code == subject.model_code
    )


def _demand_draft(guide: Guide) -> None:
    if guide.in_force_from_at is not None:
        raise GuideReleased(f"version {guide.version} of {guide.about}")


def _write(session: Session, draft: Guide, wordings: Sequence[Wording]) -> None:
    # Positions are unique: the old rows go before the new ones come.
    draft.entries.clear()
    session.flush()
    draft.entries.extend(
        GuideEntry(position=position, title=w.title, title_en=w.title_en, text=w.text, text_en=w.text_en)
        for position, w in enumerate(wordings, start=1)
    )
    session.flush()
