import ast

import pytest

from tools.sizes import Source, argument_count, count_comments, length, main, spread

EXAMPLE = '''
class Visit:
    def book(self, at, *, by):
        """Book it."""
        def inner():
            return at
        return inner  # why


def _hidden():
    pass
'''


@pytest.fixture
def source() -> Source:
    return Source("operations/fieldwork/visits.py", EXAMPLE, ast.parse(EXAMPLE))


def test_nested_functions_count_and_hidden_ones_are_not_public(source: Source) -> None:
    assert [function.name for function in source.functions()] == ["_hidden", "book", "inner"]
    assert [function.name for function in source.public_functions()] == ["book"]


def test_a_functions_length_includes_its_docstring_and_its_arguments_leave_out_self(source: Source) -> None:
    (book,) = source.public_functions()

    assert length(book) == 5
    assert argument_count(book) == 2


def test_comments_are_counted_and_strings_are_not(source: Source) -> None:
    assert count_comments(source.text) == 1
    assert count_comments('text = "# not a comment"\n') == 0


@pytest.mark.parametrize(
    ("values", "shown"), [([], "–"), ([7], "7 / 7 / 7"), (list(range(1, 12)), "6 / 10 / 11"), ([1, 2], "2 / 1 / 2")]
)
def test_a_spread_is_median_ninth_tenth_and_largest(values: list[int], shown: str) -> None:
    assert spread(values) == shown


@pytest.mark.proof
def test_the_report_compares_our_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    report = capsys.readouterr().out
    assert "compare with" in report
    assert "lines of test per line of code" in report
    assert "Longest functions" in report
