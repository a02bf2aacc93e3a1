"""Users that change their profiles, and whether the events of that are complete."""

import collections
import http.client
import threading
import time
from collections.abc import Iterable
from typing import Any, Self

from harness.service import Account, Service

Event = dict[str, Any]


def change(service: Service, token: str, text: str) -> int:
    """Changes a profile; the status."""
    return service.call("PUT", "/v1/profile", {"bio": text}, token)[0]


def profile(service: Service, token: str) -> dict[str, Any]:
    """The user's own profile."""
    return service.data("GET", "/v1/profile", token=token)


class Load:
    """Changes the profiles of all users without a pause, four at once."""

    def __init__(self, service: Service, users: list[Account]) -> None:
        self.service, self.ended = service, threading.Event()
        self.done: collections.Counter[str] = collections.Counter()
        self.unknown, self.slowest = 0, 0.0
        self.failures: list[BaseException] = []
        parts = [users[part::4] for part in range(4)]
        self.threads = [threading.Thread(target=self._run, args=(part,)) for part in parts if part]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        # A failure of the test itself says more.
        if self.failures and kind is None:
            raise self.failures[0]

    def _run(self, users: list[Account]) -> None:
        try:
            self._change_until_ended(users)
        except BaseException as error:  # raised where the threads are joined
            self.failures.append(error)

    def _change_until_ended(self, users: list[Account]) -> None:
        number = 0
        while not self.ended.is_set():
            for user in users:
                number += 1
                began = time.monotonic()
                try:
                    status = change(self.service, user.token, f"change {number}")
                except (OSError, http.client.HTTPException):
                    # The program was killed: whether the change was made is not known.
                    self.unknown += 1
                    time.sleep(0.05)
                    continue
                assert status == 200, status
                self.done[user.user_id] += 1
                self.slowest = max(self.slowest, time.monotonic() - began)


def by_user(events: Iterable[Event]) -> dict[str, list[Event]]:
    """The events of each user, in the order in which they came."""
    found: dict[str, list[Event]] = collections.defaultdict(list)
    for event in events:
        found[event["subject"]].append(event)
    return found


def assert_in_order_without_gaps(events: Iterable[Event]) -> None:
    """Each event comes for the first time right behind the one before it; some come again."""
    for user, own in by_user(events).items():
        reached = 0
        ids: dict[int, str] = {}
        for event in own:
            sequence = event["sequence"]
            assert sequence <= reached + 1, f"{user}: {sequence} after {reached}"
            reached = max(reached, sequence)
            first = ids.setdefault(sequence, event["eventId"])
            assert first == event["eventId"], f"{user}: two events with the sequence {sequence}"


def updates(events: Iterable[Event]) -> set[tuple[str, int]]:
    """User and version of every `profile.updated`."""
    changes = (event for event in events if event["eventType"] == "profile.updated")
    return {(event["subject"], event["data"]["version"]) for event in changes}


def has_newest(service: Service, users: list[Account], events: Iterable[Event]) -> bool:
    """Whether the newest version of every profile is among the events."""
    seen = updates(events)
    return all((user.user_id, profile(service, user.token)["version"]) in seen for user in users)


def register(service: Service, count: int) -> list[Account]:
    """So many users."""
    return [service.register(f"user{number}") for number in range(count)]
