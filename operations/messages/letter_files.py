"""What came with an e-mail: judged by its content, pictures drawn anew, papers as they are (H16, S2)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import InboundMessage, StoredFile
from operations.foundation.files import FileNotAPicture, FileTooLarge, read_picture
from policies.files import KEY_LENGTH, LARGEST_BYTES, MOST_PER_LETTER, FileKind
from policies.letters import Attachment, Letter

PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file that came with an e-mail, as we keep it; the door writes `content` to the file store under `key`."""

    key: str
    name: str
    content: bytes
    content_type: str
    width_pixels: int = 0
    height_pixels: int = 0


def read_attachments(letter: Letter) -> tuple[tuple[LetterFile, ...], int]:
    """Return the pictures and PDFs that came with an e-mail, at most ten, and how many other files there were.

    Takes some tenths of a second for each picture: call it with no transaction open.
    """
    kept: dict[str, LetterFile] = {}
    for attached in letter.attachments[:MOST_PER_LETTER]:
        try:
            file = _read(letter.message_id, attached)
        except (FileNotAPicture, FileTooLarge):
            continue
        kept[file.key] = file
    return tuple(kept.values()), len(letter.attachments) - len(kept)


def keep_letter_files(
    session: Session, *, letter: InboundMessage, files: Iterable[LetterFile], now: dt.datetime
) -> None:
    """Describe the files of an e-mail that has just been taken in."""
    for file in files:
        session.add(
            StoredFile(
                key=file.key,
                request_id=letter.request_id,
                inbound_id=letter.id,
                kind=FileKind.ATTACHMENT,
                name=file.name,
                content_type=file.content_type,
                size_bytes=len(file.content),
                width_pixels=file.width_pixels,
                height_pixels=file.height_pixels,
                made_by="customer",
                made_at=now,
                received_at=now,
            )
        )
    session.flush()


def hand_files_over(session: Session, *, letters: Sequence[InboundMessage], request_id: int) -> None:
    """Put what came with these e-mails to the request they turned out to be about."""
    session.execute(
        update(StoredFile)
        .where(StoredFile.inbound_id.in_([one.id for one in letters]))
        .values(request_id=request_id)
        .execution_options(synchronize_session=False)
    )


def list_letter_files(session: Session, *, letters: Iterable[InboundMessage]) -> dict[int, list[StoredFile]]:
    """Return what came with these e-mails and has not been erased, by the e-mail's id."""
    found: dict[int, list[StoredFile]] = {one.id: [] for one in letters}
    kept = select(StoredFile).where(StoredFile.inbound_id.in_(found), StoredFile.erased_at.is_(None))
    for file in session.scalars(kept.order_by(StoredFile.id)):
        if file.inbound_id is not None:
            found[file.inbound_id].append(file)
    return found


def _read(message_id: str, attached: Attachment) -> LetterFile:
    if attached.content.startswith(PDF):
        if len(attached.content) > LARGEST_BYTES:
            raise FileTooLarge
        return LetterFile(_key(message_id, attached.content), attached.name, attached.content, "application/pdf")
    picture = read_picture(attached.content)
    return LetterFile(
        _key(message_id, picture.content),
        attached.name,
        picture.content,
        picture.content_type,
        picture.width_pixels,
        picture.height_pixels,
    )


def _key(message_id: str, content: bytes) -> str:
    """Return the key of a file of this very e-mail: the same picture in another one is another file."""
    return hashlib.sha256(f"letter:{message_id}:".encode() + content).hexdigest()[:KEY_LENGTH]
