"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(what: str, look: Callable[[], T], seconds: float = 60, pause: float = 0.1) -> T:
    """The first truthy result of `look`, which is called every `pause` seconds.

    A fixed sleep is either too short on a slow machine or wastes time on a fast one.
    Raises AssertionError naming `what` after `seconds`.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds} s")
