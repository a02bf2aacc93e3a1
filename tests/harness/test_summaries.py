"""The counting of `./test`, on closing lines as the runners write them."""

import pytest

from harness.summaries import Counts, count


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("     Summary [   9.034s] 812 tests run: 812 passed (3 slow), 2 skipped", (812, 0)),
        ("     Summary [   0.034s] 1 test run: 1 passed, 4 skipped", (1, 0)),
        ("     Summary [  61.2s] 9 tests run: 6 passed, 1 failed, 2 timed out, 0 skipped", (6, 3)),
        ("     Summary [   1.2s] 7/9 tests run: 6 passed, 1 failed, 0 skipped", (6, 3)),
        ("     Summary [   0.000s] 0 tests run: 0 passed, 12 skipped", (0, 0)),
        ("test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", (4, 0)),
        ("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured", (4, 2)),
        ("ℹ pass 11\nℹ fail 1\nℹ cancelled 2\nℹ skipped 3\nℹ todo 4", (11, 10)),
        ("# pass 11\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0", (11, 0)),
        ("============ 12 passed in 3.21s ============", (12, 0)),
        ("===== 1 failed, 11 passed, 2 warnings in 83.21s (0:01:23) =====", (11, 1)),
        ("1 passed, 1 skipped, 2 errors in 0.10s", (1, 3)),
        ("= 1 passed, 3 deselected, 1 xfailed, 1 xpassed in 4.00s =", (1, 2)),
        ("============ no tests ran in 0.01s ============", (0, 0)),
        ("2 passed, 1 failed", (2, 1)),
    ],
)
def test_each_runner_is_understood(line: str, expected: tuple[int, int]) -> None:
    assert count(line) == Counts(*expected)


def test_the_closing_lines_of_one_log_are_added_up_and_colours_do_not_matter() -> None:
    log = (
        "\x1b[32m= 3 passed in 1.0s =\x1b[0m\nnoise\ntest result: ok. 4 passed; 1 failed; 0 ignored"
    )
    assert count(log) == Counts(7, 1)


@pytest.mark.parametrize(
    "log",
    [
        "",
        "Compiling selfsame\nFinished in 3.2s",
        "test_a.py::test_b PASSED",
        "it said: 3 passed in the end",
        "    3 passed, 1 failed of somebody else's",
    ],
)
def test_a_log_without_a_closing_line_counts_as_none(log: str) -> None:
    assert count(log) is None
