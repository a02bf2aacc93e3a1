"""Whether everything that was acknowledged is there and whole."""

import contextlib
import json
import urllib.parse
from pathlib import Path

from harness.service import Service
from harness.waiting import wait_until
from users import Acknowledged, Connection, Lost, User, Users, digest, number_in


def check_users(service: Service, users: Users) -> None:
    """Compares with what was acknowledged to the users, who go on from what there is now."""
    acknowledged = users.acknowledged()
    check(service, users.all, acknowledged)
    for user in users.all:
        user.acknowledged = acknowledged[user.number]


def check(
    service: Service, users: list[User], acknowledged: dict[int, Acknowledged | None]
) -> None:
    """Everybody's own, and a sign-in with a password: that takes the master key, too.

    Raises Lost. Brings `acknowledged` up to date.
    """
    connection = Connection(service)
    uploads = set()
    for file in (service.data_folder / "blobs" / ".uploads").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has become a picture
            uploads.add(digest(file.read_bytes()))
    known = [user for user in users if acknowledged.get(user.number)]
    for user in known:
        before = acknowledged[user.number]
        assert before
        acknowledged[user.number] = _check_user(connection, before, uploads)
    if known:
        # And out: the number of sessions is limited, and the oldest one is what makes the changes.
        session = known[0].sign_in(connection)
        connection.call("POST", "/auth/logout", session["accessToken"], {})


def _check_user(
    connection: Connection, acknowledged: Acknowledged, uploads: set[str]
) -> Acknowledged:
    """What more there is than was acknowledged counts as acknowledged from now on."""
    user, token = acknowledged["id"], acknowledged["token"]
    data = connection.call("GET", "/v1/profile", token)["data"]
    count, other = number_in(data, "bio"), number_in(data, "location")
    if count < acknowledged["count"] or count != other:
        wanted = f"{acknowledged['count']} changes were acknowledged"
        raise Lost(f"{user}: {wanted}, and there are {count} and {other}")
    if "avatar" in acknowledged:
        shown = urllib.parse.urlsplit(data["avatar"]).path
        status, content = connection.send("GET", shown)
        if status != 200 or not content or "/v1/avatars/" in shown:
            raise Lost(f"{user}: the picture {shown} is gone ({status})")
    for path, file in acknowledged["media"]:
        _check_media(connection, path, token, file, uploads)
    return {**acknowledged, "count": count}


def _check_media(
    connection: Connection, path: str, token: str, file: str, uploads: set[str]
) -> None:
    """An upload is there until it has become a picture, which a kill in between delays."""
    media = connection.call("GET", path, token)
    if media["status"] == "processing":
        # It may have become a picture since `uploads` was read.
        if file not in uploads:
            media = connection.call("GET", path, token)
            if media["status"] == "processing":
                raise Lost(f"{path}: what was uploaded is gone")
    elif media["status"] == "ready":
        original = urllib.parse.urlsplit(media["urls"]["original"]).path
        status, content = connection.send("GET", original)
        if status != 200 or not content:
            raise Lost(f"{path}: its file is gone ({status})")
    else:
        raise Lost(f"{path} is {media['status']}")


def change_counts(acknowledged: dict[int, Acknowledged | None]) -> dict[str, int]:
    """How many changes each user has made, by id."""
    return {each["id"]: each["count"] for each in acknowledged.values() if each}


def check_events(path: Path, expected: dict[str, int]) -> None:
    """Waits until every change has its event, in order and without a gap; some come again."""

    def is_complete() -> bool:
        return _changes(path, expected) == expected

    wait_until("all events are in the file", is_complete, 180, pause=0.05)


def _changes(path: Path, users: dict[str, int]) -> dict[str, int]:
    """How many `profile.updated` of each user there are."""
    last: dict[str, int] = {}
    changes, is_torn = dict.fromkeys(users, 0), False
    for text in path.read_bytes().split(b"\n") if path.exists() else []:
        try:
            event = json.loads(text)
        except ValueError:
            # What was not flushed comes again; so does what may stand behind it.
            is_torn |= bool(text)
            continue
        user, sequence = event["subject"], event["sequence"]
        reached = last.get(user, 0)
        if sequence > reached + 1 and not is_torn:
            raise Lost(f"{user}: event {sequence} comes after {reached}")
        if sequence == reached + 1:
            last[user] = sequence
            if user in changes:
                changes[user] += event["eventType"] == "profile.updated"
    return changes
