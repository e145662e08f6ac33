from pathlib import Path

import pytest

from tools.text_files import find_faults, main


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"a line\n", []),
        ("中文\n".encode(), []),
        (b"", []),
        (b"\x00binary", []),
        (b"\xff\xfe not text", []),
        (b"\xef\xbb\xbfa mark\n", ["starts with a byte-order mark"]),
        (b"no end", ["does not end with exactly one newline"]),
        (b"too much\n\n", ["does not end with exactly one newline"]),
        (b"spaces  \nnext\n", ["line 1 ends with spaces"]),
        (b"windows\r\n", ["has carriage returns", "line 1 ends with spaces"]),
    ],
)
def test_what_is_wrong_with_a_text_file_is_found(content: bytes, faults: list[str], tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(content)

    assert list(find_faults(path)) == faults


def test_a_file_with_a_fault_is_named_and_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file.txt"
    path.write_text("no end")

    status = main([str(path)])

    assert status == 1
    assert f"{path}: does not end" in capsys.readouterr().out


def test_files_in_order_pass_the_check(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("fine\n")

    assert main([str(tmp_path / "file.txt")]) == 0
