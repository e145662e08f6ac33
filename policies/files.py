"""What may be kept as a file, how large, how many, and what it shows (S1, S2)."""

from __future__ import annotations

from enum import StrEnum

LARGEST_BYTES = 12 * 1024 * 1024
"""A photo straight from a new telephone; the technician's page sends far smaller ones."""
LARGEST_SIDE_PIXELS = 2000
MOST_PER_SUBJECT = 40
KEY_LENGTH = 40
MOST_PER_LETTER = 10


class FileKind(StrEnum):
    """What a stored file shows."""

    BEFORE = "before"
    AFTER = "after"
    STEP = "step"
    SERIAL = "serial"
    PROOF = "proof"
    FAULT = "fault"
    RECEIPT = "receipt"
    DOOR = "door"
    SIGNATURE = "signature"
    ATTACHMENT = "attachment"


PHOTOS = frozenset(FileKind) - {FileKind.SIGNATURE, FileKind.ATTACHMENT}
"""Kinds that are photographs."""

FROM_CUSTOMERS = frozenset({FileKind.FAULT, FileKind.PROOF})
"""Kinds a customer may send by link or form."""
