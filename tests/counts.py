"""Counts what test runners said at their ends: prints `PASSED FAILED` for the log that is named."""

import re
import sys

PATTERNS = [
    # cargo-nextest
    (r"Summary \[.*\] +\d+(?:/\d+)? tests? run: (\d+) passed", r"Summary \[.*\].*? (\d+) failed"),
    # cargo test
    (r"^test result: .*? (\d+) passed", r"^test result: .*? (\d+) failed"),
    # node --test; what was never run because something before it failed has failed
    (r"^(?:# |ℹ )pass (\d+)", r"^(?:# |ℹ )(?:fail|cancelled|skipped) (\d+)"),
    # what other scripts of this repository print
    (r"^(\d+) passed, \d+ failed$", r"^\d+ passed, (\d+) failed$"),
]


def main() -> None:
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        text = re.sub(r"\x1b\[[0-9;]*m", "", file.read())
    totals = [0, 0]
    for pair in PATTERNS:
        for place, pattern in enumerate(pair):
            totals[place] += sum(int(number) for number in re.findall(pattern, text, re.MULTILINE))
    print(*totals)


main()
