"""The program killed, and its power cut, fewer times than `run.py` does by itself.

`./test long crash` runs the whole of it. 24 cuts are three scenarios: without a fault, and with the
first two faults of the store's own files.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.service import kill_all
from kills import run_kills
from power_cuts import check_fault, run_power_cuts
from users import Lost

KILLS, CUTS, SEED = 30, 24, 1


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A part that fails leaves programs behind, which the next one would compete with."""
    yield
    kill_all()


def silent(_what: str, _done: int, _count: int) -> None:
    """Nobody watches."""


def test_kills_lose_nothing_that_was_acknowledged(
    program: Path, report_figure: Callable[[str], None]
) -> None:
    report_figure(run_kills(program, KILLS, random.Random(f"{SEED} kills"), silent))


def test_power_cuts_lose_nothing_that_was_acknowledged(
    program: Path, report_figure: Callable[[str], None]
) -> None:
    rng = random.Random(f"{SEED} power cuts")
    report_figure(run_power_cuts(program, CUTS, rng, silent, report_figure))


def test_a_scenario_in_which_another_call_failed_has_failed() -> None:
    end = ("flush", "data/blobs/*", 2, 5)
    check_fault(end, [("flush", "data/blobs/avatars/a")])
    check_fault("kill", [])
    for failures in ([], [("write", "data/blobs/a")], [("flush", "data/blobs/a")] * 2):
        with pytest.raises(Lost):
            check_fault(end, failures)
    with pytest.raises(Lost):
        check_fault("stop", [("flush", "data/blobs/a")])
