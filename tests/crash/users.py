"""Users who change things all the time, and what was acknowledged to them."""

import base64
import hashlib
import http.client
import itertools
import json
import random
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from disk import Trace
from harness.images import noise_png
from harness.service import (
    IMMEDIATE_REGISTRATION,
    PASSWORD,
    UNLIMITED,
    NotRunning,
    Service,
)
from harness.waiting import wait_until

# What was acknowledged to a user, by name: `token`, `id`, `count` of changes, `avatar`, `media`.
Acknowledged = dict[str, Any]
SETTINGS = {
    **UNLIMITED,
    **IMMEDIATE_REGISTRATION,
    # The port differs at every start, and tokens name the address that they are for.
    "SELFSAME_PUBLIC_URL": "http://127.0.0.1:8080",
    "SELFSAME_ACCESS_TOKEN_MINUTES": "60",
    "LOG_LEVEL": "error",
}
_logs = itertools.count()


class Unavailable(Exception):
    """The program answers that it can't: nothing was acknowledged."""


class Lost(Exception):
    """Something that was acknowledged is not there."""


def launch(
    program: Path,
    root: Path,
    trace: Trace | None = None,
    library: Path | None = None,
    fail: tuple[str, str, int, int] | None = None,
) -> Service:
    """Starts the program on `root`/data without waiting; under disk.c where there is a trace.

    Its log lies beside `root`, whose files are what is looked at.
    """
    settings = {**SETTINGS, "SELFSAME_EVENTS_FILE": str(event_file(root))}
    if trace:
        preloaded = {"DISK_ROOT": str(root), "DISK_TRACE": str(trace.path)}
        settings |= {"LD_PRELOAD": str(library), **preloaded}
    if fail:
        settings["DISK_FAIL"] = " ".join(map(str, fail))
    log = root.parent / f"{root.name}.{next(_logs)}.log"
    return Service(program, root, settings, log=log).launch()


def event_file(root: Path) -> Path:
    """Where the program appends its events."""
    return root / "data" / "events.jsonl"


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def multipart(fields: dict[str, str], name: str, content: bytes) -> tuple[bytes, str]:
    """Body and media type of a form with one file, which comes last."""
    parts = [
        f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode()
        for key, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="{name}"; filename="a.png"\r\n'
    parts.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + content)
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return body, "multipart/form-data; boundary=edge"


class Connection:
    """A connection to the program that is kept."""

    def __init__(self, service: Service) -> None:
        port = urllib.parse.urlsplit(service.url).port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        kind: str = "application/json",
    ) -> tuple[int, bytes]:
        """Status and body of a whole answer; NotRunning where none comes."""
        headers = {"Content-Type": kind} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotRunning from error

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        kind: str = "application/json",
    ) -> Any:
        """The JSON of a success. Unavailable on 5xx, Lost on anything else."""
        status, content = self.send(method, path, token, body, kind)
        said = f"{method} {path}: {status} {content.decode(errors='replace')}"
        if status >= 500:
            raise Unavailable(said)
        if status >= 300:
            raise Lost(said)
        return json.loads(content) if content[:1] in (b"{", b"[") else content


class User:
    """Somebody with an account, who notes what is acknowledged."""

    def __init__(self, number: int, note: Callable[..., None] = lambda **_: None) -> None:
        self.number, self.note = number, note
        self.email, self.password = f"person{number}@example.org", f"{PASSWORD} {number}"
        self.acknowledged: Acknowledged | None = None

    @property
    def token(self) -> str:
        """The access token of the first sign-in."""
        assert self.acknowledged
        return self.acknowledged["token"]

    def acknowledge(self, **what: Any) -> None:
        """Notes what an answer has said."""
        before = self.acknowledged or {"count": 0, "media": []}
        self.acknowledged = {**before, **what}
        self.note(user=self.number, acknowledged=self.acknowledged)

    def register(self, connection: Connection) -> None:
        """Registers, or signs in where the answer to an earlier registration was lost."""
        name = f"person-{self.number}"
        body = {"email": self.email, "password": self.password, "username": name}
        status, text = connection.send("POST", "/auth/register", None, body)
        if status >= 500:
            raise Unavailable(text)
        data = json.loads(text)["data"] if status == 201 else self.sign_in(connection)
        self.acknowledge(token=data["accessToken"], id=data["user"]["userId"])
        self.catch_up(connection)

    def sign_in(self, connection: Connection) -> Any:
        """A new session."""
        body = {"email": self.email, "password": self.password}
        return connection.call("POST", "/auth/login", None, body)["data"]

    def catch_up(self, connection: Connection) -> None:
        """What was not acknowledged may have happened."""
        shown = connection.call("GET", "/v1/profile", self.token)["data"]
        self.acknowledge(count=number_in(shown, "bio"))

    def change(self, connection: Connection) -> None:
        """Changes two fields of the profile, which have to stay together."""
        assert self.acknowledged
        count = self.acknowledged["count"] + 1
        body = {"bio": f"number {count} {'x' * 300}", "location": f"place {count}"}
        connection.call("PUT", "/v1/profile", self.token, body)
        self.acknowledge(count=count)

    def replace_avatar(self, connection: Connection, seed: int) -> None:
        """Sends a picture of the user."""
        body, kind = multipart({}, "avatar", noise_png(32, seed))
        data = connection.call("POST", "/v1/profile/avatar", self.token, body, kind)["data"]
        self.acknowledge(avatar=urllib.parse.urlsplit(data["avatarUrl"]).path)

    def upload(self, connection: Connection, seed: int) -> None:
        """Adds a picture to the gallery."""
        assert self.acknowledged
        token, file = self.token, noise_png(32, seed)
        profiles = connection.call("GET", "/profiles", token)["data"]["items"]
        media = f"/profiles/{profiles[0]['profileId']}/media"
        meta = json.dumps({"size": len(file), "format": "png", "width": 32, "height": 32})
        request = {"mediaType": "image", "mediaMeta": base64.b64encode(meta.encode()).decode()}
        status, text = connection.send("POST", media, token, request)
        if status >= 300:  # 409 where uploads whose answers were lost hold all places
            raise Unavailable(text)
        asked = json.loads(text)
        body, kind = multipart(asked["uploadHeaders"], "file", file)
        path = urllib.parse.urlsplit(asked["uploadUrl"]).path
        connection.call("POST", path, None, body, kind)
        uploaded = (f"{media}/{asked['mediaId']}", digest(file))
        self.acknowledge(media=[*self.acknowledged["media"], uploaded])

    def run(self, service: Service, rng: random.Random, stop: threading.Event) -> None:
        """Does one thing after the other until the program has ended."""
        try:
            connection = Connection(service)
            while not stop.is_set():
                try:
                    self.step(connection, rng)
                except Unavailable:
                    connection = Connection(service)
                    if self.acknowledged:
                        self.catch_up(connection)
        except (NotRunning, Unavailable):
            pass

    def step(self, connection: Connection, rng: random.Random) -> None:
        """One thing: mostly a change."""
        dice = rng.random()
        if self.acknowledged is None:
            self.register(connection)
        elif dice < 0.05:
            self.replace_avatar(connection, rng.randrange(1 << 30))
        elif dice < 0.08 and len(self.acknowledged["media"]) < 3:
            self.upload(connection, rng.randrange(1 << 30))
        else:
            self.change(connection)


def number_in(profile: dict[str, Any], field: str) -> int:
    """The number of the change that wrote a field."""
    return int((profile.get(field) or "number 0").split()[1])


class Users:
    """Users who do things all at the same time."""

    def __init__(self, size: int, note: Callable[..., None] = lambda **_: None) -> None:
        self.all = [User(number, note) for number in range(size)]
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.failures: list[Exception] = []

    def start(self, service: Service, rng: random.Random) -> Self:
        """Has them begin."""
        self.stop.clear()
        self.threads = [
            threading.Thread(target=self._run, args=(user, service, random.Random(rng.random())))
            for user in self.all
        ]
        for thread in self.threads:
            thread.start()
        return self

    def _run(self, user: User, service: Service, rng: random.Random) -> None:
        try:
            user.run(service, rng, self.stop)
        except Exception as error:  # raised where the threads are joined
            self.failures.append(error)

    def join(self) -> None:
        """Ends them; raises what went wrong."""
        self.stop.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def changes(self) -> int:
        """How many changes were acknowledged."""
        return sum(each["count"] for each in self.acknowledged().values() if each)

    def wait_for(self, changes: int) -> None:
        """Until so many more are acknowledged."""
        goal = self.changes() + changes
        wait_until("writes", lambda: self.changes() >= goal or self.failures, 180, pause=0.05)

    def are_pictures_ready(self, service: Service) -> bool:
        """Whether all that was uploaded has become pictures."""
        connection = Connection(service)
        media = [
            (path, each["token"])
            for each in self.acknowledged().values()
            if each
            for path, _ in each["media"]
        ]
        states = [connection.call("GET", path, token)["status"] for path, token in media]
        return all(state == "ready" for state in states)

    def acknowledged(self) -> dict[int, Acknowledged | None]:
        """What was acknowledged to each, by number."""
        return {user.number: user.acknowledged for user in self.all}
