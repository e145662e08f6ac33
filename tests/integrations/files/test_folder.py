"""Files in a folder: whole or not at all, and never outside it (S2)."""

from pathlib import Path

import pytest

from integrations.files.folder import FileKeyMalformed, FolderFiles, open_files
from operations.foundation.files import FileUnknown

KEY = "ab" * 20


def test_what_was_written_is_read_again_and_only_by_the_owner(tmp_path: Path) -> None:
    files = open_files((tmp_path / "照片").as_uri())

    files.write(KEY, b"a photo")
    files.write(KEY, b"a photo")

    assert files.read(KEY) == b"a photo"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0


def test_an_erased_file_is_gone_however_often_it_is_erased(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)
    files.write(KEY, b"a photo")

    files.erase(KEY)
    files.erase(KEY)

    with pytest.raises(FileUnknown):
        files.read(KEY)


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "ab/../../x", "AB" * 20, "a", "%2e%2e" * 4, "ab\0" * 5])
def test_no_key_leads_out_of_the_folder(key: str, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)

    for act in (files.read, files.erase, lambda name: files.write(name, b"")):
        with pytest.raises(FileKeyMalformed):
            act(key)


def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)
    (tmp_path / KEY[:2]).mkdir()
    (tmp_path / KEY[:2] / KEY).mkdir()

    with pytest.raises(OSError, match="directory"):
        files.write(KEY, b"a photo")

    assert [path.name for path in (tmp_path / KEY[:2]).iterdir()] == [KEY]
