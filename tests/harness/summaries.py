"""How many tests passed and failed, by the closing lines of the runners themselves."""

import re
from collections.abc import Callable
from typing import NamedTuple


class Counts(NamedTuple):
    """Tests that passed, and tests that did not."""

    passed: int
    failed: int


def count(log: str) -> Counts | None:
    """The sum over all closing lines in a log; None where no runner has written one.

    Everything that a runner was to run and that did not pass counts as failed: errors, timeouts,
    cancelled and skipped tests, too. A test that is left out says nothing about the program.
    """
    lines = re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines()
    found = [made(match) for line in lines for form, made in _FORMS if (match := form.match(line))]
    if not found:
        return None
    return Counts(sum(part.passed for part in found), sum(part.failed for part in found))


def _nextest(match: re.Match[str]) -> Counts:
    passed = int(match["passed"])
    return Counts(passed, int(match["total"]) - passed)


def _two_figures(match: re.Match[str]) -> Counts:
    return Counts(int(match["passed"]), int(match["failed"]))


def _node(match: re.Match[str]) -> Counts:
    number = int(match["number"])
    return Counts(number, 0) if match["word"] == "pass" else Counts(0, number)


def _pytest(match: re.Match[str]) -> Counts:
    parts = {name: int(number) for number, name in re.findall(r"(\d+) (\w+)", match["parts"])}
    bad = ("failed", "error", "errors", "skipped", "xfailed", "xpassed")
    return Counts(parts.get("passed", 0), sum(parts.get(name, 0) for name in bad))


_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Counts]]] = [
    # `Summary [ 1.2s] 7/9 tests run: 5 passed (1 slow), 2 failed, 1 skipped`: 9 were to be run.
    # What nextest calls skipped was not asked for.
    (
        re.compile(
            r" *Summary \[.*?\] +(?:\d+/)?(?P<total>\d+) tests? run: (?P<passed>\d+) passed"
        ),
        _nextest,
    ),
    # cargo test
    (
        re.compile(r"test result: .*? (?P<passed>\d+) passed; (?P<failed>\d+) failed"),
        _two_figures,
    ),
    # node --test, one line per outcome
    (
        re.compile(r"(?:# |ℹ )(?P<word>pass|fail|cancelled|skipped|todo) (?P<number>\d+)$"),
        _node,
    ),
    # `== 1 failed, 11 passed, 2 warnings in 3.21s ==`, without the signs under -q
    (
        re.compile(
            r"(?:=+ )?(?P<parts>no tests ran|\d+ \w+(?:, \d+ \w+)*)"
            r" in \d[\d.]*s(?: \([\d:]+\))?(?: =+)?$"
        ),
        _pytest,
    ),
    # tests/crash/run.py
    (re.compile(r"(?P<passed>\d+) passed, (?P<failed>\d+) failed$"), _two_figures),
]
