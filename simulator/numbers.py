"""The people a visitor of the desk can be: read from a file somebody else writes, afresh each time."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Person:
    """`role` is customer or technician; `name` is Chinese, `name_en` English."""

    number: str
    name: str
    name_en: str = ""
    role: str = "customer"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


_FIELDS = ("number", "name", "name_en", "role")
STRANGERS = (
    Person("+8613800138000", "陌生来电", "Unknown caller"),
    Person("anonymous", "匿名来电", "Anonymous caller"),
)
SOMEBODY_ON_DUTY = Person("+8613900139000", "技术员", "Technician", "technician")


def list_people(path: Path | None) -> list[Person]:
    """Return the people of the file, then two strangers; without a readable file, strangers and a technician.

    The file is a JSON list of objects with `number`, `name` and optionally `name_en` and `role`.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8")) if path else []
        people = [Person(**{name: row[name] for name in _FIELDS if name in row}) for row in rows]
    except (OSError, ValueError, TypeError):
        people = []
    has_technician = any(person.role == "technician" for person in people)
    return [*people, *STRANGERS, *(() if has_technician else (SOMEBODY_ON_DUTY,))]
