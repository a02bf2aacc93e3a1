"""Ports of 127.0.0.1."""

import socket


def free_port() -> int:
    """A port that nothing listens on at this moment.

    Another process may take it before it is used. Use it only for programs that can't be given
    port 0, or whose address must stay the same over a restart.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts_connections(port: int) -> bool:
    """Whether something listens on `port`."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
