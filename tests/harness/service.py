"""The built program on a folder of its own."""

import atexit
import contextlib
import hashlib
import json
import os
import select
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

PASSWORD = "a sentence is a good password"
METRICS_TOKEN = hashlib.sha256(b"metrics").hexdigest()

# All requests of a test come from one address, which the default limits would refuse.
UNLIMITED = {
    f"SELFSAME_{name}_PER_MINUTE": "1000000"
    for name in (
        "ANONYMOUS_REQUESTS",
        "ACCOUNT_REQUESTS",
        "AUTH_REQUESTS",
        "REGISTRATIONS",
        "SESSION_REQUESTS",
    )
}
# The cheapest password hashes that development mode takes: what is tested is not their cost.
CHEAP_HASHES = {"SELFSAME_ARGON2_MEMORY_KIB": "8192", "SELFSAME_ARGON2_PASSES": "1"}
# Registration answers with the account at once, without a code by mail.
IMMEDIATE_REGISTRATION = {"SELFSAME_REGISTRATION_ENUMERATION_SAFE": "false"}
# Production mode takes no cheaper password hashes than these.
PRODUCTION = {
    "SELFSAME_MODE": "production",
    "SELFSAME_PUBLIC_URL": "https://id.example.com",
    "SELFSAME_MASTER_KEY": hashlib.sha256(b"tests").hexdigest(),
    "SELFSAME_METRICS_TOKEN": METRICS_TOKEN,
    "SELFSAME_ARGON2_MEMORY_KIB": "9216",
    "SELFSAME_ARGON2_PASSES": "4",
}


class NotRunning(Exception):
    """The program has ended, or does not answer."""


class Account(NamedTuple):
    """A registered user and an access token."""

    user_id: str
    token: str


class Service:
    """The program, which can be stopped, killed and started again on the same data.

    `folder` holds `data`, and `log` unless that is to lie elsewhere. The environment is `PATH` and
    `settings` alone, so that nothing of the developer's shell changes a result. `port` 0 is another
    free port at every start; give a port where clients have to find a restarted program again.
    """

    def __init__(
        self,
        program: Path,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        port: int = 0,
        log: Path | None = None,
    ) -> None:
        self.program, self.folder, self.port = program, folder, port
        self.settings = {"LOG_LEVEL": "warn", **(settings or {})}
        self.data_folder, self.log = folder / "data", log or folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    # -- life ----------------------------------------------------------------------------------

    def launch(self) -> Self:
        """Starts the program without waiting for it."""
        line = [str(self.program), "serve", "--listen", f"127.0.0.1:{self.port}"]
        line += ["--data", str(self.data_folder)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                line,
                env=_environment(self.settings),
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.folder,
                bufsize=0,
            )
        _running.add(self)
        return self

    def wait_until_serving(self, seconds: float = 120) -> Self:
        """Reads the address, which the program prints once it accepts connections.

        Raises NotRunning with the log where it ends before, or prints nothing within `seconds`.
        """
        assert self.process and self.process.stdout
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        self.url = self.process.stdout.readline().decode().strip() if readable else ""
        if not self.url.startswith("http"):
            # A program that ends by itself has an exit status, which SIGKILL must not replace.
            if readable:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(10)
            self.kill()
            raise NotRunning(f"the program did not start: {self.log_text()}")
        return self

    def start(self) -> Self:
        """`launch` and `wait_until_serving`."""
        return self.launch().wait_until_serving()

    def stop(self, seconds: float = 60) -> int:
        """Sends SIGTERM and gives the exit status; kills what takes longer than `seconds`."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            self.kill()

    def wait(self, seconds: float) -> int:
        """The exit status of a program that ends by itself."""
        assert self.process
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL: the program writes nothing any more. Does nothing to one that has ended."""
        if self.process and self.process.stdout:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        _running.discard(self)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def log_text(self) -> str:
        """Everything that the program has logged in this folder, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # -- requests ------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of an answer. `body` is sent as it is if it is bytes, else as JSON.

        Raises OSError where no answer comes within 30 s.
        """
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, content, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def json(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """`call` with the body parsed; None where it is empty."""
        status, content = self.call(method, path, body, token, headers)
        return status, json.loads(content or b"null")

    def post(self, path: str, body: Any, token: str | None = None) -> tuple[int, Any]:
        """`json` with POST."""
        return self.json("POST", path, body, token)

    def data(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """The member `data` of an answer that has to be a success."""
        status, answer = self.json(method, path, body, token)
        assert status in (200, 201, 202), (method, path, status, answer)
        return answer["data"]

    def metric(self, sample: str) -> float:
        """The value of a sample of /metrics, such as `name{label="value"}`; 0 if there is none."""
        status, content = self.call("GET", "/metrics", token=METRICS_TOKEN)
        assert status == 200, (status, content)
        rows = (row.rpartition(" ") for row in content.decode().splitlines())
        return next((float(value) for name, _, value in rows if name == sample), 0.0)

    def mails(self, outcome: str) -> int:
        """How many attempts to send a mail have ended with `outcome`."""
        return int(self.metric(f'selfsame_mails_total{{outcome="{outcome}"}}'))

    def request_registration(self, name: str, password: str = PASSWORD) -> str:
        """Registers NAME@example.org, to which a code is mailed. The registration's id."""
        body = {"email": f"{name}@example.org", "password": password, "username": name}
        status, answer = self.post("/auth/register", body)
        assert status == 202, answer
        return answer["data"]["registrationId"]

    def register(self, name: str, password: str = PASSWORD) -> Account:
        """The same under IMMEDIATE_REGISTRATION, where the account is there at once."""
        body = {"email": f"{name}@example.org", "password": password, "username": name}
        status, answer = self.post("/auth/register", body)
        assert status == 201, (status, answer)
        return Account(answer["data"]["user"]["userId"], answer["data"]["accessToken"])

    # -- command line --------------------------------------------------------------------------

    def command(self, *arguments: str) -> str:
        """What the command line prints about this folder; CalledProcessError if it fails."""
        line = [str(self.program), *arguments, "--data", str(self.data_folder)]
        done = subprocess.run(
            line, env=_environment({}), cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout


# What a fixture gives to a test: settings become a program that is not started yet.
MakeService = Callable[..., Service]


def kill_all() -> None:
    """Kills every program that was started and not ended: after a failure, or at exit."""
    for service in list(_running):
        service.kill()


_running: set[Service] = set()
atexit.register(kill_all)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **settings}
