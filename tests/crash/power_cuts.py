"""Power cuts, simulated from the trace of disk.c by the model in disk.py."""

import contextlib
import fnmatch
import json
import random
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from checks import change_counts, check, check_events, check_users
from disk import Disk, Event, Trace
from harness.service import NotRunning, Service
from harness.waiting import wait_until
from kills import SIZE, Progress
from users import Acknowledged, Lost, User, Users, event_file, launch

HERE = Path(__file__).parent
EIO, ENOSPC = 5, 28
# Changes before the program of a scenario ends.
LIFE = 150
CUTS_OF_A_SCENARIO = 10

# What ends the first life of a scenario: nothing but a kill or SIGTERM, or a call that fails: the
# call, the file, how many such calls come before it, the error (see disk.c). A fault of the store's
# own files ends the program with 74; after the others only the change is not acknowledged.
Fault = tuple[str, str, int, int]
STORE: list[Fault] = [
    ("flush", "data/store.sqlite-wal", 3, EIO),
    ("flush", "data/store.sqlite-wal", 40, EIO),
    ("flush", "data/store.sqlite-wal", 80, ENOSPC),
    ("flush", "data/store.sqlite", 4, EIO),
]
OTHERS: list[Fault] = [
    ("flush", "data/blobs/.new/*", 2, EIO),
    ("flush", "data/blobs/avatars", 2, EIO),
    ("flush", "data/blobs/avatars/*", 1, EIO),
    ("rename", "data/blobs/*", 3, EIO),
    ("flush", "data/events.jsonl", 5, EIO),
    ("write", "data/store.sqlite-wal", 200, ENOSPC),
    ("write", "data/events.jsonl", 9, ENOSPC),
]
ENDS: list[Fault | str] = ["kill", *STORE, "stop", *OTHERS]

# What was acknowledged before a cut, and a folder with what the disk holds after it.
Image = tuple[dict[int, Acknowledged | None], Path]


class EventChecks:
    """Programs that still have to write all events, each watched by a thread.

    What a killed worker had leased is free after a minute only, so the next cuts go on meanwhile.
    """

    MOST = 40

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.failures: list[Lost] = []

    def add(
        self, service: Service, acknowledged: dict[int, Acknowledged | None], what: str
    ) -> None:
        """Watches one more; waits for the oldest where there are too many."""
        if len(self.threads) >= self.MOST:
            self.threads.pop(0).join()
        arguments = (service, change_counts(acknowledged), what)
        # A failure elsewhere ends the run without waiting for these.
        thread = threading.Thread(target=self._watch, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _watch(self, service: Service, expected: dict[str, int], what: str) -> None:
        try:
            check_events(event_file(service.folder), expected)
        except Exception as error:  # raised in `join`
            self.failures.append(Lost(f"{what}: {error} {service.log_text()}"))
        service.kill()
        shutil.rmtree(service.folder, ignore_errors=True)

    def join(self) -> None:
        """Waits for all; raises what went wrong."""
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]


def check_fault(end: Fault | str, failures: Sequence[tuple[str, str]]) -> None:
    """Exactly the wanted call failed, once: without its fault a scenario would prove nothing."""
    wanted = [] if isinstance(end, str) else [end[:2]]
    is_as_wanted = len(failures) == len(wanted) and all(
        call == wanted_call and fnmatch.fnmatchcase(path, pattern)
        for (call, path), (wanted_call, pattern) in zip(failures, wanted, strict=True)
    )
    if not is_as_wanted:
        raise Lost(f"{end}: what failed is {list(failures)}")


class Scenarios:
    """Runs scenarios in a folder, with the library built once."""

    def __init__(self, program: Path, folder: Path, report: Callable[[str], None]) -> None:
        self.program, self.folder, self.report = program, folder, report
        self.library = folder / "disk.so"
        self.event_checks, self.images_made = EventChecks(), 0
        build = ["cc", "-shared", "-fPIC", "-O2", "-o", str(self.library), str(HERE / "disk.c")]
        subprocess.run([*build, "-ldl"], check=True)

    def run(self, number: int, rng: random.Random, cuts: int) -> None:
        """Two lives of the program on a new folder, and `cuts` power cuts somewhere in them."""
        root, trace = self.folder / "live", Trace(self.folder / "trace")
        root.mkdir()
        users = Users(SIZE, trace.note)
        end = ENDS[number % len(ENDS)]
        self._first_life(root, trace, users, rng, end)
        service = launch(self.program, root, trace, self.library).wait_until_serving()
        check_users(service, users)
        users.start(service, rng)
        users.wait_for(LIFE)
        service.kill()
        users.join()
        events = list(trace.events())
        check_fault(end, trace.failures())
        self._cut(users.all, events, rng, cuts, f"scenario {number} ({end})")
        failed = f"{len(trace.failures())} calls failed"
        self.report(f"scenario {number} ({end}): {len(events)} records, {failed}; {cuts} cuts")
        if number == 0:
            self._control(users.all, events, rng)
        shutil.rmtree(root)
        trace.path.unlink()

    def _first_life(
        self, root: Path, trace: Trace, users: Users, rng: random.Random, end: Fault | str
    ) -> None:
        fail = None if isinstance(end, str) else end
        service = launch(self.program, root, trace, self.library, fail)
        if fail in STORE:
            with contextlib.suppress(NotRunning):  # some flushes are made before it serves
                users.start(service.wait_until_serving(), rng)
            code = service.wait(120)
            if code != 74 or "selfsame: the store " not in service.log_text():
                raise Lost(f"{end}: ended with {code}: {service.log_text()}")
        else:
            users.start(service.wait_until_serving(), rng)
            users.wait_for(LIFE)
            if fail:
                # However rarely users do what makes that call.
                wait_until(f"{fail} fails", lambda: trace.failures() or users.failures, 180)
                users.wait_for(LIFE // 5)
            if end == "stop":
                service.stop()
            else:
                service.kill()
                trace.look(root)
        users.join()

    def _cut(
        self, users: list[User], events: list[Event], rng: random.Random, cuts: int, what: str
    ) -> None:
        """Starts the program on what is there after each of some cuts."""
        first = next(place for place, event in enumerate(events) if event.kind == "M")
        places = sorted(rng.randrange(first // 2, len(events)) for _ in range(cuts))
        images = self._images(events, places, rng)
        for place, (acknowledged, image) in zip(places, images, strict=True):
            cut = f"{what}, cut at record {place} of {len(events)}"
            try:
                service = self._check_image(users, acknowledged, image)
            except Lost as error:
                raise Lost(f"{cut}: {error}") from None
            self.event_checks.add(service, acknowledged, cut)

    def _control(self, users: list[User], events: list[Event], rng: random.Random) -> None:
        """The same, as if the log were never flushed, which has to lose something.

        If nothing were missing now, the other cuts would prove nothing.
        """
        lost, cuts = 0, 4
        places = sorted(rng.randrange(len(events) // 2, len(events)) for _ in range(cuts))
        for acknowledged, image in self._images(events, places, rng, ("store.sqlite-wal",)):
            try:
                self._check_image(users, acknowledged, image).kill()
            except Lost:
                lost += 1
            shutil.rmtree(image)
        self.report(f"control, the log never flushed: {lost} of {cuts} cuts lost something")
        if not lost:
            raise Lost("the control lost nothing")

    def _images(
        self,
        events: list[Event],
        places: list[int],
        rng: random.Random,
        ignored: tuple[str, ...] = (),
    ) -> Iterator[Image]:
        """An image for a cut before each of `places`."""
        disk, left = Disk(rng.random(), ignored), list(places)
        acknowledged: dict[int, Acknowledged | None] = {}
        for place, event in enumerate(events):
            while left and left[0] == place:
                left.pop(0)
                self.images_made += 1
                image = self.folder / f"image{self.images_made}"
                image.mkdir()
                disk.cut(image, random.Random(rng.random()) if rng.random() < 0.5 else None)
                yield dict(acknowledged), image
            if event.kind == "M":
                noted = json.loads(event.data)
                acknowledged[noted["user"]] = noted["acknowledged"]
            else:
                disk.take(event)

    def _check_image(
        self, users: list[User], acknowledged: dict[int, Acknowledged | None], image: Path
    ) -> Service:
        """Starts the program on a folder, and looks for all that was acknowledged."""
        service = launch(self.program, image)
        try:
            check(service.wait_until_serving(), users, acknowledged)
        except Exception as error:
            service.kill()
            raise Lost(f"{type(error).__name__} {error} {service.log_text()}") from None
        return service


def run_power_cuts(
    program: Path,
    count: int,
    rng: random.Random,
    progress: Progress,
    report: Callable[[str], None],
) -> str:
    """`count` power cuts in scenarios of ten. Raises Lost."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        scenarios = Scenarios(program, Path(folder), report)
        for number, begun in enumerate(range(0, count, CUTS_OF_A_SCENARIO)):
            cuts = min(CUTS_OF_A_SCENARIO, count - begun)
            scenarios.run(number, rng, cuts)
            progress("power cuts", begun + cuts, count)
        scenarios.event_checks.join()
    return f"{count} power cuts: nothing lost"
