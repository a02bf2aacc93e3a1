"""A stand-in for the HTTP API of Resend, which has no server to run at home."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple


class ResendRequest(NamedTuple):
    """A request to send a mail; names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Resend:
    """What was requested, oldest first, and where the stand-in listens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[ResendRequest] = []

    def texts(self, address: str) -> list[str]:
        """The text parts of the mails to an address, newest first."""
        bodies = [request.body for request in reversed(self.requests)]
        return [body["text"] for body in bodies if body["to"] == [address]]

    def settings(self) -> dict[str, str]:
        """Has the program send through this stand-in."""
        return {
            "EMAIL_PROVIDER": "resend",
            "RESEND_API_KEY": "re_0123456789abcdef",
            "RESEND_API_URL": self.url,
        }


@contextlib.contextmanager
def resend_server() -> Iterator[Resend]:
    """Serves on a free port. The first request is answered 500, so that it is sent again."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            resend.requests.append(ResendRequest(self.path, headers, body))
            self.send_response(500 if len(resend.requests) == 1 else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}')

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    resend = Resend(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield resend
    finally:
        server.shutdown()
        server.server_close()
