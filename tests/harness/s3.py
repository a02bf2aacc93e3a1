"""A server of S3's protocol that is not of this repository: s3s-fs."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness.ports import accepts_connections, free_port
from harness.waiting import wait_until

KEY, SECRET = "test", "only-for-this-test"


@contextlib.contextmanager
def s3_server(server: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Runs the program `server` on `folder`; gives the environment that a client needs."""
    port, log = free_port(), folder / "log"
    files = folder / "files"
    files.mkdir()
    line = [str(server), "--host", "127.0.0.1", "--port", str(port)]
    line += ["--access-key", KEY, "--secret-key", SECRET, str(files)]
    with log.open("wb") as output:
        process = subprocess.Popen(line, stdout=output, stderr=output)

    def is_ready() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"the S3 server did not start: {log.read_text(errors='replace')}")
        return accepts_connections(port)

    try:
        wait_until("the S3 server", is_ready)
        yield {
            "SELFSAME_TEST_S3": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
    finally:
        process.terminate()
        process.wait(30)
