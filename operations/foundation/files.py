"""Photos and signatures: checked by what they contain, made small, and kept outside the web root (S1, S2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import ServiceRequest, StoredFile, Visit
from policies.files import KEY_LENGTH, LARGEST_BYTES, LARGEST_SIDE_PIXELS, MOST_PER_SUBJECT, FileKind

READ_FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 60_000_000
"""More than any telephone's camera; a small file that claims more is meant to fill our memory."""
JPEG_QUALITY = 82


class FileNotAPicture(ValueError):
    """The file is no picture we can read; JPEG, PNG and WebP are."""


class FileTooLarge(ValueError):
    """The file is larger than 12 MB, or its picture than 60 million points."""


class TooManyFiles(ValueError):
    """The request holds as many files as one may have."""


class FileUnknown(LookupError):
    """There is no such file, or it has been erased."""


class FileStore(Protocol):
    """Where the contents of files are, by key; keys are letters and digits we make ourselves."""

    def write(self, key: str, content: bytes) -> None:
        """Keep a file for good; the same key again replaces it by what is the same."""
        ...

    def read(self, key: str) -> bytes:
        """Return a file's content; raises FileUnknown."""
        ...

    def erase(self, key: str) -> None:
        """Forget a file's content; one that is not there is no trouble."""
        ...

    def has(self, key: str) -> bool:
        """Tell whether a file's content is there."""
        ...

    def list_keys(self) -> Iterator[str]:
        """Yield the key of every file, in any order; one written or erased meanwhile may be among them or not."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we keep it: drawn anew from its points, so that nothing else that was in the file is left."""

    content: bytes
    content_type: str
    width_pixels: int
    height_pixels: int


def read_picture(content: bytes) -> Picture:
    """Return what a file shows, at most 2,000 points wide or high, without place, device or hidden parts.

    Raises FileTooLarge or FileNotAPicture. Takes some tenths of a second: call it with no transaction open.
    """
    if len(content) > LARGEST_BYTES:
        raise FileTooLarge
    try:
        image = Image.open(io.BytesIO(content), formats=READ_FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise FileTooLarge
        image.draft("RGB", (LARGEST_SIDE_PIXELS, LARGEST_SIDE_PIXELS))
        drawn = ImageOps.exif_transpose(image)
        drawn.thumbnail((LARGEST_SIDE_PIXELS, LARGEST_SIDE_PIXELS))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise error if isinstance(error, FileTooLarge) else FileNotAPicture from error
    return _encode(drawn)


def key_of(picture: Picture, *, request_id: int) -> str:
    """Return the key a picture of a request is kept under; the same picture sent twice has the same one."""
    digest = hashlib.sha256(f"request:{request_id}:".encode() + picture.content)
    return digest.hexdigest()[:KEY_LENGTH]


def keep_file(
    session: Session,
    *,
    picture: Picture,
    request: ServiceRequest,
    visit: Visit | None,
    kind: FileKind,
    made_by: str,
    made_at: dt.datetime,
    now: dt.datetime,
) -> StoredFile:
    """Describe a picture whose content the door has written to the file store under `key_of`.

    Keeping the same picture twice returns the first row. Raises TooManyFiles.
    """
    key = key_of(picture, request_id=request.id)
    known = session.scalars(select(StoredFile).where(StoredFile.key == key)).one_or_none()
    if known is not None:
        known.erased_at = None
        return known
    if count_files(session, request=request) >= MOST_PER_SUBJECT:
        raise TooManyFiles
    file = StoredFile(
        key=key,
        request_id=request.id,
        visit_id=visit.id if visit else None,
        kind=kind,
        content_type=picture.content_type,
        size_bytes=len(picture.content),
        width_pixels=picture.width_pixels,
        height_pixels=picture.height_pixels,
        made_by=made_by,
        made_at=made_at,
        received_at=now,
    )
    session.add(file)
    session.flush()
    return file


def count_files(session: Session, *, request: ServiceRequest) -> int:
    """Return how many files a request holds."""
    kept = select(func.count()).select_from(StoredFile)
    return session.scalar(kept.where(StoredFile.request_id == request.id, StoredFile.erased_at.is_(None))) or 0


def list_files(session: Session, *, request: ServiceRequest) -> Sequence[StoredFile]:
    """Return the files of a request in the order they were made."""
    kept = select(StoredFile).where(StoredFile.request_id == request.id, StoredFile.erased_at.is_(None))
    return session.scalars(kept.order_by(StoredFile.made_at, StoredFile.id)).all()


def find_file(session: Session, *, key: str) -> StoredFile:
    """Return the file with this key; raises FileUnknown."""
    file = session.scalars(
        select(StoredFile).where(StoredFile.key == key, StoredFile.erased_at.is_(None))
    ).one_or_none()
    if file is None:
        raise FileUnknown
    return file


def _encode(image: Image.Image) -> Picture:
    """A photo becomes a JPEG; what has transparent parts, as a signature does, stays a PNG."""
    is_drawing = image.mode in {"RGBA", "LA", "P"}
    out = io.BytesIO()
    if is_drawing:
        image.convert("RGBA").save(out, "PNG", optimize=True)
    else:
        image.convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Picture(out.getvalue(), "image/png" if is_drawing else "image/jpeg", image.width, image.height)
