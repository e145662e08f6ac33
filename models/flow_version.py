"""The menus and sentences of past releases, so that an old call can still be read as it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, id_column

FLOW_VERSION_LENGTH = 12


class FlowVersion(Base):
    """One version of the menu: the drawn menu as SVG, and the product's sentences per language, by their names."""

    __tablename__ = "flow_versions"
    id: Mapped[id_column]
    version: Mapped[str] = mapped_column(String(FLOW_VERSION_LENGTH), unique=True)
    picture: Mapped[str] = mapped_column(Text)
    sentences: Mapped[dict[str, Any]]
    first_heard_at: Mapped[dt.datetime]
