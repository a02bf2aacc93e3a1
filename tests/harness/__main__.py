"""The harness for test runners that are not Python.

    python3 -m harness service PROGRAM -- COMMAND …   runs COMMAND beside the program
    python3 -m harness s3 SERVER -- COMMAND …         runs COMMAND beside the S3 server s3s-fs
    python3 -m harness count LOG                      prints `PASSED FAILED`, or nothing where the
                                                      log has no closing line of a test runner

COMMAND learns from its environment where to find what was started: SELFSAME_URL, SELFSAME_PROGRAM,
SELFSAME_DATA and SELFSAME_TOKEN (of a service, for reviews); SELFSAME_TEST_S3 and the keys of AWS.
The exit status is that of COMMAND.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.s3 import s3_server
from harness.service import UNLIMITED, Service
from harness.summaries import count


def beside_service(program: Path, command: list[str]) -> int:
    """Runs a command beside the program."""
    settings = {**UNLIMITED, "SELFSAME_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8"}
    with tempfile.TemporaryDirectory() as folder:
        with Service(program, Path(folder), settings) as service:
            token = ("token", "create", "--name", "bookings", "--scope", "reviews:write")
            environment = {
                "SELFSAME_URL": service.url,
                "SELFSAME_PROGRAM": str(program),
                "SELFSAME_DATA": str(service.data_folder),
                "SELFSAME_TOKEN": service.command(*token).strip(),
            }
            status = run(command, environment)
        if status:
            print(service.log_text())
        return status


def beside_s3(server: Path, command: list[str]) -> int:
    """Runs a command beside the S3 server."""
    with tempfile.TemporaryDirectory() as folder, s3_server(server, Path(folder)) as environment:
        return run(command, environment)


def run(command: list[str], environment: dict[str, str]) -> int:
    """The exit status of a command."""
    return subprocess.run(command, env={**os.environ, **environment}).returncode


def main(arguments: list[str]) -> int:
    """See above."""
    match arguments:
        case ["service", program, "--", *command] if command:
            return beside_service(Path(program).resolve(), command)
        case ["s3", server, "--", *command] if command:
            return beside_s3(Path(server).resolve(), command)
        case ["count", log]:
            counts = count(Path(log).read_text(encoding="utf-8", errors="replace"))
            if counts:
                print(*counts)
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    # What was started is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
