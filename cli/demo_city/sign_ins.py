"""People who may sign in to the demo, with passwords made up for this installation alone."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy.orm import Session

from cli.demo_city.people_files import write_sign_ins
from operations.people.users import add_user
from policies.languages import Language
from policies.roles import Role

PASSWORD_BYTES = 12
PEOPLE = (
    ("dispatcher", "派工员 Dispatcher", Role.DISPATCHER),
    ("clerk", "客服文员 Clerk", Role.CLERK),
    ("manager", "服务经理 Manager", Role.MANAGER),
    ("administrator", "管理员 Administrator", Role.ADMINISTRATOR),
    ("supervisor", "技术主管 Supervisor", Role.SUPERVISOR),
    ("expert", "技术专家 Expert", Role.EXPERT),
    ("parts", "配件管理员 Parts keeper", Role.PARTS),
    ("complaints", "投诉专员 Complaint officer", Role.COMPLAINTS),
    ("salesperson", "销售 Salesperson", Role.SALESPERSON),
    ("trainer", "培训师 Trainer", Role.TRAINER),
    ("auditor", "审计员 Auditor", Role.AUDITOR),
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
    return write_sign_ins(data_folder, passwords)
