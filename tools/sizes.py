"""`make sizes`: the sizes of the code beside those of good examples.

Values to compare with, not limits: a large file is a question. The comparison values were counted on h,
healthchecks, cosmicpython, PyVRP and import-linter.
"""

import ast
import io
import re
import statistics
import subprocess
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

PURE_ROOMS = ("policies", "dispatch")
NOT_COUNTED = ("migrations/versions/", "content/")
GENERIC_NAMES = {"utils", "helpers", "common", "base", "core", "manager"}
COMMITS_LOOKED_AT = 400


@dataclass(frozen=True)
class Source:
    """One Python file, read and parsed once."""

    name: str
    text: str
    tree: ast.Module

    @property
    def is_test(self) -> bool:
        return self.name.startswith("tests/")

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[FunctionNode]:
        """Yield every function, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, FunctionNode))

    def public_functions(self) -> list[FunctionNode]:
        """Return the functions and methods that others are meant to call."""
        bodies = [self.tree.body, *(node.body for node in self.tree.body if isinstance(node, ast.ClassDef))]
        found = [node for body in bodies for node in body if isinstance(node, FunctionNode)]
        return [function for function in found if not function.name.startswith("_")]


def main() -> None:
    """Print the report."""
    sources = list(read_sources())
    code = [source for source in sources if not source.is_test]
    tests = [source for source in sources if source.is_test]
    rows = [("", "ours", "compare with")]
    rows += [
        *rows_of_files(code),
        *rows_of_functions(code),
        *rows_of_words(code),
        *rows_of_tests(code, tests),
        row_of_commits(),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print_largest("Longest files", {source.name: source.lines for source in code})
    print_largest("Longest functions", {f"{s.name}: {node.name}": length(node) for s in code for node in s.functions()})


def read_sources() -> Iterator[Source]:
    """Yield every Python file that git knows and that is not empty."""
    listed = subprocess.run(["git", "ls-files", "*.py"], check=True, capture_output=True, text=True)  # noqa: S607
    for name in listed.stdout.split():
        path = Path(name)
        if path.exists() and path.stat().st_size and not name.startswith(NOT_COUNTED):
            text = path.read_text(encoding="utf-8")
            yield Source(name, text, ast.parse(text))


def rows_of_files(code: Sequence[Source]) -> Iterator[tuple[str, str, str]]:
    lines = [source.lines for source in code]
    yield "files, lines", f"{len(code)}, {sum(lines)}", ""
    yield "lines per file, median / p90 / longest", spread(lines), "80 / 200 / 400"
    yield "public functions per file, median / p90", spread([len(s.public_functions()) for s in code]), "3 / 8"
    generic = sorted(source.name for source in code if Path(source.name).stem in GENERIC_NAMES)
    yield "modules named utils, helpers, common, …", str(len(generic)), "0 (models/base.py is SQLAlchemy's word)"


def rows_of_functions(code: Sequence[Source]) -> Iterator[tuple[str, str, str]]:
    functions = [node for source in code for node in source.functions()]
    yield "lines per function, median / p90 / longest", spread(list(map(length, functions))), "9 / 32 / 80"
    yield "arguments, median / p90 / most", spread(list(map(argument_count, functions))), "2 / 4"
    typed = sum(function.returns is not None for function in functions)
    yield "functions with a return type", percent(typed, len(functions)), "all"


def rows_of_words(code: Sequence[Source]) -> Iterator[tuple[str, str, str]]:
    pure = [f for source in code if source.name.startswith(PURE_ROOMS) for f in source.public_functions()]
    public = [function for source in code for function in source.public_functions()]
    yield "public functions with a docstring", percent(sum(map(has_docstring, public)), len(public)), "50–60 %"
    yield "the same in policies and dispatch", percent(sum(map(has_docstring, pure)), len(pure)), "all"
    comments = sum(count_comments(source.text) for source in code)
    filled = sum(bool(line.strip()) for source in code for line in source.text.splitlines())
    yield "comments per 100 lines", f"{100 * comments / max(filled, 1):.1f}", "3–6, saying why"


def rows_of_tests(code: Sequence[Source], tests: Sequence[Source]) -> Iterator[tuple[str, str, str]]:
    functions = [node for source in tests for node in source.functions() if node.name.startswith("test_")]
    ratio = sum(source.lines for source in tests) / max(sum(source.lines for source in code), 1)
    yield "tests", str(len(functions)), ""
    yield "lines of test per line of code", f"{ratio:.2f}", "1.3–2"
    yield "lines per test, median / p90 / longest", spread(list(map(length, functions))), "12 / 30"
    words = [node.name.removeprefix("test_").count("_") + 1 for node in functions]
    yield "words in a test's name, median / p90 / most", spread(words), "5 or more"
    patched = sum(bool(re.search(r"\b(mock|monkeypatch|patch)\b", source.text)) for source in tests)
    yield "test files that patch or mock", percent(patched, len(tests)), "10 % or less"


def row_of_commits() -> tuple[str, str, str]:
    command = ["git", "log", f"-{COMMITS_LOOKED_AT}", "--no-merges", "--shortstat", "--format="]
    log = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    numbers = [list(map(int, re.findall(r"\d+", line))) for line in log if line.strip()]
    files = statistics.median(row[0] for row in numbers)
    lines = statistics.median(sum(row[1:]) for row in numbers)
    return "files / lines per commit, median", f"{files:.0f} / {lines:.0f}", "2 / 40"


def length(node: FunctionNode) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def argument_count(node: FunctionNode) -> int:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def has_docstring(node: FunctionNode) -> bool:
    return ast.get_docstring(node) is not None


def count_comments(text: str) -> int:
    return sum(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(text).readline))


def spread(values: Sequence[int]) -> str:
    """Return median / 90th percentile / largest."""
    if not values:
        return "–"
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} / {ordered[int(0.9 * (len(ordered) - 1))]} / {ordered[-1]}"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def print_largest(title: str, sizes: dict[str, int], count: int = 8) -> None:
    print(f"\n{title}")
    for name in sorted(sizes, key=lambda name: -sizes[name])[:count]:
        print(f"  {sizes[name]:5}  {name}")


if __name__ == "__main__":
    main()
