"""The program on one folder, killed (SIGKILL) over and over."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from checks import change_counts, check_events, check_users
from harness.waiting import wait_until
from users import Users, event_file, launch

SIZE = 6
Progress = Callable[[str, int, int], None]


def run_kills(program: Path, count: int, rng: random.Random, progress: Progress) -> str:
    """Kills it `count` times, also while it starts. Raises Lost; says how much was written."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "live"
        root.mkdir()
        (root / "data").mkdir(mode=0o700)
        users = Users(SIZE)
        service = launch(program, root).wait_until_serving()
        for number in range(count):
            users.start(service, rng)
            users.wait_for(1 + number * 7 % 40)
            service.kill()
            users.join()
            service = launch(program, root)
            if number % 4 == 0:
                time.sleep(rng.random() * 0.1)
                service.kill()
                service = launch(program, root)
            service.wait_until_serving()
            check_users(service, users)
            if number % 250 == 249 or number == count - 1:
                check_events(event_file(root), change_counts(users.acknowledged()))
            progress("kills", number + 1, count)
        # What a killed worker had leased is free again after a minute.
        wait_until("all pictures are made", lambda: users.are_pictures_ready(service), 180)
        check_users(service, users)
        service.kill()
        uploads = sum(len(each["media"]) for each in users.acknowledged().values() if each)
        return f"{count} kills: {users.changes()} changes, {uploads} uploads, nothing lost"
