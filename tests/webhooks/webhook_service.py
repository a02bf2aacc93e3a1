"""The program with webhooks, and the requests that these tests make."""

from collections.abc import Callable
from typing import Any, Self

from harness.service import Service

WEBHOOKS = "/internal/v1/webhooks"


class WebhookService(Service):
    """The program with a service token that may manage webhooks."""

    token = ""

    def start(self) -> Self:
        """Starts it and makes the token, each time anew."""
        super().start()
        self.token = self.command("token", "create", "--scope", "webhooks:manage").strip()
        return self

    def endpoint(self, url: str, types: tuple[str, ...] = ("profile.updated",)) -> dict[str, Any]:
        """Makes an endpoint; without types it gets all."""
        body = {"url": url, "eventTypes": list(types)}
        return self.data("POST", WEBHOOKS, body, self.token)

    def shown(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        """The endpoint as it is now."""
        return self.data("GET", f"{WEBHOOKS}/{endpoint['id']}", token=self.token)

    def do(self, endpoint: dict[str, Any], action: str) -> dict[str, Any]:
        """`test`, `enable` or `rotate-secret`."""
        return self.data("POST", f"{WEBHOOKS}/{endpoint['id']}/{action}", token=self.token)

    def deliveries(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        """The newest deliveries."""
        path = f"{WEBHOOKS}/{endpoint['id']}/deliveries?limit=100"
        return self.data("GET", path, token=self.token)["items"]

    def change(self, token: str, bio: str) -> None:
        """Changes a profile, which is one event."""
        self.data("PUT", "/v1/profile", {"bio": bio}, token)


MakeWebhookService = Callable[..., WebhookService]
