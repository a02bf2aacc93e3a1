"""A server that webhooks are posted to."""

import http.server
import json
import threading
import time
from typing import Any, Literal, Self

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from harness.certificates import Certificate

# How a request is answered: with a status, or not at all.
Response = int | Literal["hang"]


class ReceivedWebhook:
    """A request as it came, and when by `time.monotonic`."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body
        self.received_at = time.monotonic()

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, if the library of Standard Webhooks accepts the signature."""
        return Webhook(secret).verify(self.body, self.headers)

    def is_refused(self, secret: str) -> bool:
        """Whether that library refuses the signature."""
        try:
            self.verified(secret)
        except WebhookVerificationError:
            return True
        return False

    @property
    def event(self) -> dict[str, Any]:
        """The body, unverified."""
        return json.loads(self.body)


class WebhookReceiver:
    """Keeps what is posted to it. `responses` has the answer for a path; 204 for all others.

    Serves HTTPS where it gets a certificate.
    """

    def __init__(self, certificate: Certificate | None = None) -> None:
        self.received: list[ReceivedWebhook] = []
        self.responses: dict[str, Response] = {}
        self.closing = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.port = self.server.server_port
        if certificate:
            context = certificate.server_context()
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = dict(self.headers.items())
                outer.received.append(ReceivedWebhook(self.path, headers, body))
                response = outer.responses.get(self.path, 204)
                if response == "hang":
                    outer.closing.wait(60)
                    return
                self.send_response(response)
                if 300 <= response < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Where to post to."""
        return f"{scheme}://{host}:{self.port}{path}"

    def at(self, path: str) -> list[ReceivedWebhook]:
        """What was posted to a path, oldest first."""
        return [webhook for webhook in self.received if webhook.path == path]
