"""Files in a folder of this machine, or one that several machines share (FILES_URL=file:///folder)."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from operations.foundation.files import FileStore, FileUnknown

KEY = re.compile(r"[0-9a-z]{8,64}")


class FileKeyMalformed(ValueError):
    """A key that we did not make: letters and digits only, so that none leads out of the folder."""


class FolderFiles:
    """Keeps each file under its key, whole or not at all, readable by the owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, key: str, content: bytes) -> None:
        """Write beside, then rename: a reader never sees half a file, a power failure leaves none."""
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise

    def read(self, key: str) -> bytes:
        """Return the content; raises FileUnknown."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise FileUnknown(key) from error

    def erase(self, key: str) -> None:
        """Delete the content, if it is there."""
        self._path(key).unlink(missing_ok=True)

    def has(self, key: str) -> bool:
        """Tell whether the content is there."""
        return self._path(key).is_file()

    def list_keys(self) -> Iterator[str]:
        """Yield every key; drafts of files being written are none."""
        for path in self.folder.glob("*/*"):
            if KEY.fullmatch(path.name) and path.name.startswith(path.parent.name):
                yield path.name

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise FileKeyMalformed(key)
        return self.folder / key[:2] / key


def open_files(url: str) -> FileStore:
    """Return the file store that FILES_URL names."""
    return FolderFiles(Path(unquote(urlsplit(url).path)))
