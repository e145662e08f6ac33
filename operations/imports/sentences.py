"""What is wrong with a file, in words: content/imports, for whoever made the file."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from operations.imports.problems import Problem
from policies.languages import Language

SENTENCES = Path(__file__).resolve().parents[2] / "content" / "imports" / "problems.csv"


def describe_problem(problem: Problem, language: Language) -> str:
    """Return one sentence: which line, which column, what is wrong."""
    sentence = describe_trouble(problem, language)
    if language is Language.ZH:
        return f"第 {problem.line} 行" + (f"，{problem.column} 列" if problem.column else "") + f"：{sentence}"
    return f"line {problem.line}" + (f", column {problem.column}" if problem.column else "") + f": {sentence}"


def describe_trouble(problem: Problem, language: Language) -> str:
    """Return what is wrong, without where."""
    return _sentences()[str(problem.trouble)][language].format(detail=problem.detail)


@cache
def _sentences() -> dict[str, dict[Language, str]]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return {row["trouble"]: {Language.ZH: row["zh"], Language.EN: row["en"]} for row in csv.DictReader(file)}
