"""The real program, killed and cut off from power over and over: nothing acknowledged may be gone.

    python3 tests/crash/run.py PROGRAM [--kills 1000] [--cuts 200] [--seed 1]

Kills: the program serves users who change their profiles, send pictures and register, is killed
without warning (SIGKILL) at another moment each time, also while it starts, and is started again on
what is there. Power cuts: the same under disk.c, which notes every write and flush below the data
folder; disk.py then makes the folder that a power cut at some moment would have left, and the
program is started on that. In most of the scenarios one call on some file fails (a flush, a write
or a rename): a flush of the store's own files that fails ends the program with code 74, everything
else is refused and the program goes on. A scenario lasts until its call has failed, and where not
exactly that one has failed, once, the scenario has.

After each of them everything that was acknowledged has to be there and whole: accounts, sign-ins,
profiles, pictures, uploads, and every event exactly in order. As a control some cuts are made again
as if the log had never been flushed: these must lose something.

Needs Linux, a C compiler and Python. The last line counts what passed and failed.
"""

import argparse
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.service import kill_all  # noqa: E402
from kills import run_kills  # noqa: E402
from power_cuts import run_power_cuts  # noqa: E402


def say(text: str) -> None:
    """Prints at once: the run is read while it goes on."""
    print(text, flush=True)


def progress(what: str, done: int, count: int) -> None:
    """A run of many minutes says how far it is: one that is broken off has a figure, too."""
    if done % 50 == 0 and done < count:
        say(f"{done} of {count} {what}")


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda path: Path(path).resolve(strict=True))
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # Whoever stops it leaves no program behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    program = options.program

    def rng(name: str) -> random.Random:
        return random.Random(f"{options.seed} {name}")

    parts: dict[str, Callable[[], str]] = {
        "kills": lambda: run_kills(program, options.kills, rng("kills"), progress),
        "power cuts": lambda: run_power_cuts(
            program, options.cuts, rng("power cuts"), progress, say
        ),
    }
    passed = failed = 0
    for name, part in parts.items():
        try:
            say(part())
            passed += 1
        except Exception as error:  # so that one failure does not hide the other's figures
            say(f"FAILED {name}: {type(error).__name__}: {error}")
            failed += 1
    kill_all()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
