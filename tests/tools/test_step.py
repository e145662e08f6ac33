"""tools/step.sh: a step of the set-up is quiet when it succeeds and helpful when it fails."""

import subprocess
from pathlib import Path

STEP = Path(__file__).resolve().parents[2] / "tools" / "step.sh"


def run_step(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(STEP), "Baking bread", "buy flour, then try again", *command],  # noqa: S607 (sh is everywhere)
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_step_that_succeeds_says_only_what_it_did() -> None:
    done = run_step("echo", "a thousand lines of download")

    assert done.returncode == 0
    assert done.stdout == "· Baking bread\n"
    assert done.stderr == ""


def test_a_step_that_fails_says_what_failed_why_and_what_to_do() -> None:
    failed = run_step("sh", "-c", "echo 'no flour' >&2; exit 3")

    assert failed.returncode == 1
    assert "no flour" in failed.stderr
    assert "This step failed: Baking bread." in failed.stderr
    assert "What to do: buy flour, then try again." in failed.stderr


def test_words_with_spaces_reach_the_command_whole(tmp_path: Path) -> None:
    run_step("touch", str(tmp_path / "two words"))

    assert (tmp_path / "two words").exists()
