"""Files beside the demo's database that say who is who: passwords to sign in with, telephones to try."""

from __future__ import annotations

import json
import os
import tempfile
from itertools import groupby
from pathlib import Path

from cli.demo_city.shapes import City, CityCustomer
from policies.languages import Language

SIGN_INS = "demo_sign_ins.json"
TELEPHONES = "phone_numbers.json"
CALLERS_PER_KIND = 3


def write_sign_ins(folder: Path, passwords: dict[str, str]) -> Path:
    """Keep the passwords by user name, for the owner only; return the file."""
    return _write(folder / SIGN_INS, passwords)


def write_telephones(folder: Path, city: City) -> Path:
    """Write whose telephone one can be on the desk: some customers of every kind, all technicians, who is on duty."""
    people = [{"number": c.phones[0], "name": c.name, "name_en": c.name_en, "role": "customer"} for c in _pick(city)]
    people += [
        {"number": t.phone, "name": f"{t.number} {t.name}", "name_en": t.name_en, "role": "technician"}
        for t in city.technicians
    ]
    people += [{"number": d.phone, "name": d.name, "name_en": d.name_en, "role": "duty"} for d in city.duty]
    return _write(folder / TELEPHONES, people)


def _pick(city: City) -> list[CityCustomer]:
    """Pick some of every kind in both languages, without an open request; whose call is simplest comes first."""
    busy = {request.customer for request in city.open_requests}

    def key(customer: CityCustomer) -> tuple[str, str]:
        return customer.kind, customer.language

    free = sorted((c for c in city.customers if c.number not in busy), key=lambda c: (*key(c), c.number))
    picked = [customer for _, same in groupby(free, key=key) for customer in list(same)[:CALLERS_PER_KIND]]
    return sorted(picked, key=lambda c: (len(c.assets) > 1, c.language != Language.ZH))


def _write(path: Path, content: object) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by the owner only
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    return Path(draft).replace(path)
