"""The models we sell."""

from __future__ import annotations

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, id_column


class Product(Base):
    """A model we sell; `family` decides which faults and troubleshooting steps apply.

    One that is not active is sold no more: machines of it are served, and nobody is offered it any more.
    """

    __tablename__ = "products"
    id: Mapped[id_column]
    model_code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    family: Mapped[str] = mapped_column(String(40), index=True)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
