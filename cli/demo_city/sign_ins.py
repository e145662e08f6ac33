"""People who may sign in to the demo, with passwords made up for this installation alone."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path

from sqlalchemy.orm import Session

from operations.users import add_user
from policies.languages import Language
from policies.roles import Role

FILE_NAME = "demo_sign_ins.json"
PASSWORD_BYTES = 12
PEOPLE = (
    ("dispatcher", "调度员 Dispatcher", Role.DISPATCHER),
    ("clerk", "客服文员 Clerk", Role.CLERK),
    ("manager", "服务经理 Manager", Role.MANAGER),
    ("administrator", "管理员 Administrator", Role.ADMINISTRATOR),
)


def add_sign_ins(session: Session, *, data_folder: Path) -> Path:
    """Add the users and keep their passwords in a file for the owner only; return the file."""
    passwords = {name: secrets.token_urlsafe(PASSWORD_BYTES) for name, _, _ in PEOPLE}
    for name, display_name, role in PEOPLE:
        add_user(
            session,
            name=name,
            display_name=display_name,
            password=passwords[name],
            role=role,
            language=Language.ZH,
        )
    return _write(data_folder / FILE_NAME, json.dumps(passwords, indent=2))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by the owner only
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(draft).replace(path)
