"""Photos, signatures and what came with e-mails: kept outside the web root by key, described here (S1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Word, id_column
from policies.files import FileKind


class StoredFile(Base):
    """One photo or signature of a request, or what came with an e-mail. `key` names its content in the file store.

    What came with an e-mail belongs to no request while nobody knows what the e-mail is about.
    `erased_at` stands when the content is gone and only the fact that there was a file is left.
    """

    __tablename__ = "files"
    id: Mapped[id_column]
    key: Mapped[str] = mapped_column(String(40), unique=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    inbound_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("inbound_messages.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), default="", server_default="")
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    kind: Mapped[FileKind] = mapped_column(Word(FileKind))
    content_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    width_pixels: Mapped[int]
    height_pixels: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]
    erased_at: Mapped[dt.datetime | None]
