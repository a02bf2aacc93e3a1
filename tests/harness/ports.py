"""Ports of 127.0.0.1."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

# What the kernel gives to whoever asks for any port, every outgoing connection among them.
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")

# One open file for each port that this process was given: its lock goes with the process, however
# that ends.
_reserved: list[IO[str]] = []


def free_port() -> int:
    """A port that nothing listens on, and that no test run is given again while this process lives.

    Use it only for programs that can't be given port 0, or whose address must stay the same over a
    restart. The port lies outside of the kernel's ephemeral range: from within it an outgoing
    connection, or another program that asks for any port, could take it before it is used, or
    while its owner restarts.
    """
    folder = Path(tempfile.gettempdir()) / f"selfsame-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    candidates = _candidates()
    for port in random.sample(candidates, len(candidates)):
        lock = (folder / str(port)).open("w")
        if _locked(lock) and _can_be_bound(port):
            _reserved.append(lock)
            return port
        lock.close()
    raise AssertionError("no port outside of the ephemeral range is free")


def accepts_connections(port: int) -> bool:
    """Whether something listens on `port`."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def _candidates() -> list[int]:
    first, last = map(int, _EPHEMERAL.read_text().split())
    return [*range(10_000, min(first, 65_536)), *range(max(last + 1, 10_000), 65_536)]


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _can_be_bound(port: int) -> bool:
    # For all addresses, since some servers listen on all.
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False
