"""Check that text files end with one newline, have no trailing spaces, no byte-order mark and no carriage return."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Data of others is kept byte for byte.
AS_THEY_CAME = ("benchmarks/", "package-lock.json")


def main(names: list[str]) -> int:
    """Check the named files, or all that git knows; print what is wrong and return the exit status."""
    faults = [f"{name}: {fault}" for name in names or tracked_files() for fault in find_faults(Path(name))]
    print("\n".join(faults) or "Text files are in order.")
    return 1 if faults else 0


def tracked_files() -> list[str]:
    """Return the names of the files in git that are ours."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)  # noqa: S607
    return [name for name in listed.stdout.split("\0") if name and not name.startswith(AS_THEY_CAME)]


def find_faults(path: Path) -> Iterator[str]:
    """Yield what is wrong with one file; a file that is not UTF-8 text has no faults."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return
    if "\0" in text or not text:
        return
    if text.startswith("\ufeff"):
        yield "starts with a byte-order mark"
    if "\r" in text:
        yield "has carriage returns"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "does not end with exactly one newline"
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            yield f"line {number} ends with spaces"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
