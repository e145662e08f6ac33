"""Users who asked for a new password by e-mail (S2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access import User
from models.base import Base, BigId, id_column


class PasswordMail(Base):
    """One wish for a password link by e-mail. The link itself is made as it is sent, and never stored."""

    __tablename__ = "password_mails"
    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    asked_at: Mapped[dt.datetime]
    next_try_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """None once it has been sent or given up."""
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship()
