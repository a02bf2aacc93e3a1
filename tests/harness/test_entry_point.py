"""`./test` itself, over a cargo that only says what it is told: what it counts, and how it ends."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PASSING = {
    "fmt": "",
    "clippy --workspace": "",
    "clippy -p": "",
    "nextest run": "Summary [ 9.0s] 815 tests run: 815 passed, 42 skipped",
    "test --doc": "test result: ok. 4 passed; 0 failed; 0 ignored",
}


class Clone:
    """A folder with a copy of `test`, and with a cargo that answers by the words it begins with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tests").symlink_to(ROOT / "tests")
        self.script = folder / "test"
        self.script.write_text((ROOT / "test").read_text())
        self.script.chmod(0o755)

    def run(
        self, *arguments: str, output: dict[str, str], failing: str = "none", **environment: str
    ) -> tuple[int, list[str]]:
        """Exit status and lines."""
        cases = [
            f"'{words}'*) echo '{text}'; exit {int(words == failing)} ;;"
            for words, text in output.items()
        ]
        cargo = self.folder / "bin" / "cargo"
        cargo.parent.mkdir(exist_ok=True)
        cargo.write_text("\n".join(["#!/bin/bash", 'case "$*" in', *cases, "esac", "true"]))
        cargo.chmod(0o755)
        # Nothing else, because this may itself run below `./test`.
        whole = {
            "PATH": f"{cargo.parent}:{os.environ['PATH']}",
            "SELFSAME_CACHE": str(self.folder / "cache"),
            **environment,
        }
        done = subprocess.run(
            [self.script, *arguments],
            env=whole,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout.splitlines()


@pytest.fixture
def clone(folder: Path) -> Clone:
    return Clone(folder)


def test_the_last_line_counts_tests_and_steps(clone: Clone) -> None:
    status, lines = clone.run("rust", output=PASSING)
    # The tools, the form, the lints and those of the default features are a step each.
    assert (status, lines[-1]) == (0, "823 passed, 0 failed"), lines


@pytest.mark.parametrize(
    ("words", "text", "stage", "last"),
    [
        ("fmt", "Diff in main.rs", "Form", "822 passed, 1 failed"),
        (
            "nextest run",
            "Summary [ 9.0s] 815 tests run: 813 passed, 1 failed, 1 timed out, 0 skipped",
            "Rust tests",
            "821 passed, 2 failed",
        ),
        # All tests passed, and the runner failed all the same.
        (
            "test --doc",
            "test result: ok. 4 passed; 0 failed",
            "Examples in the documentation",
            "823 passed, 1 failed",
        ),
        # Lints of another set of features than the first.
        (
            "clippy -p",
            "error: unused import",
            "Default features",
            "822 passed, 1 failed",
        ),
    ],
)
def test_a_stage_that_fails_is_named_and_fails_the_run(
    clone: Clone, words: str, text: str, stage: str, last: str
) -> None:
    status, lines = clone.run("rust", output={**PASSING, words: text}, failing=words)
    assert (status, lines[-1]) == (1, last), lines
    assert f"FAILED: {stage}" in lines and text in lines


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Summary [ 0.0s] 0 tests run: 0 passed, 12 skipped", "8 passed, 1 failed"),
        ("Summary [ 0.0s] 2 tests run: 1 passed, 1 failed", "9 passed, 1 failed"),
    ],
)
def test_an_exit_status_of_0_does_not_hide_what_the_runner_counted(
    clone: Clone, text: str, last: str
) -> None:
    status, lines = clone.run("rust", output={**PASSING, "nextest run": text})
    assert (status, lines[-1]) == (1, last), lines
    assert "FAILED: Rust tests" in lines


def test_a_suite_without_a_closing_line_has_failed(clone: Clone) -> None:
    status, lines = clone.run("long", "simulation", output={"nextest run": "error: killed"})
    assert (status, lines[-1]) == (1, "0 passed, 1 failed"), lines


@pytest.mark.parametrize(("strict", "status", "failed"), [("", 0, 0), ("strict", 1, 1)])
def test_a_stage_over_its_budget_is_named_and_fails_where_budgets_are_strict(
    clone: Clone, strict: str, status: int, failed: int
) -> None:
    text = clone.script.read_text()
    clone.script.write_text(text.replace("[rust]=13", "[rust]=-1"))
    found, lines = clone.run("rust", output=PASSING, SELFSAME_TEST_BUDGETS=strict)
    assert (found, lines[-1]) == (status, f"823 passed, {failed} failed"), lines
    assert any(line.startswith("LATE: rust took") for line in lines), lines


@pytest.mark.parametrize("arguments", [["rust", "nothing"], ["long"], ["long", "nothing"]])
def test_an_unknown_name_ends_before_anything_runs(clone: Clone, arguments: list[str]) -> None:
    status, lines = clone.run(*arguments, output=PASSING)
    assert status == 2 and len(lines) == 1 and "there are:" in lines[0], lines


def test_every_stage_has_a_budget_and_all_stay_within_45_minutes() -> None:
    script = (ROOT / "test").read_text()
    table = script.split("declare -A budgets=(")[1].split(")")[0]
    budgets = dict(entry.removeprefix("[").split("]=") for entry in table.split())
    stages = script.split("\nall=(")[1].split(")")[0].split()
    assert sorted(budgets) == sorted(stages)
    assert sum(map(int, budgets.values())) <= 45
    for stage in stages:
        assert f"\nrun_{stage}() {{" in script and f"\n#   ./test {stage} " in script, stage
