"""Requests that several of these modules make."""

import concurrent.futures
import json
import subprocess
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from harness.service import PASSWORD, PRODUCTION, UNLIMITED, Service

T = TypeVar("T")

# Codes are limited as an operator gets it; requests are not, and neither are mails in an hour, so
# that the limit of one address is the one that a test meets.
UNLIMITED_PRODUCTION = {**PRODUCTION, **UNLIMITED, "SELFSAME_CODE_MAILS_PER_HOUR": "0"}


def curl(service: Service, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
    """Status and body of a request that is made with curl, as the scripts of clients are."""
    command = ["curl", "-sS", "-X", method, service.url + path]
    command += ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]
    command += ["-d", json.dumps(body), "-w", "\n%{http_code}"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    content, _, status = answer.rpartition("\n")
    return int(status), json.loads(content)


def sign_in(service: Service, identifier: str, password: str = PASSWORD) -> tuple[int, Any]:
    """Signs in with a name or an address."""
    return service.post("/auth/login", {"identifier": identifier, "password": password})


def verify(service: Service, code: str) -> tuple[int, str | None]:
    """Status and problem code where Ada's code is given with the password."""
    body = {"email": "ada@example.org", "otp": code, "password": PASSWORD}
    status, answer = service.post("/auth/email/verify", body)
    return status, answer.get("code")


def verify_registration(service: Service, code: str, registration: str) -> tuple[int, str | None]:
    """The same without the password, so that many at once do not wait for password hashes."""
    body = {"email": "ada@example.org", "otp": code, "registrationId": registration}
    status, answer = service.post("/auth/email/verify", body)
    return status, answer.get("code")


def request_code(service: Service) -> int:
    """The status where another code is requested for Ada."""
    return service.post("/auth/email/verify/resend", {"email": "ada@example.org"})[0]


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all calls, made by 100 threads."""
    with concurrent.futures.ThreadPoolExecutor(100) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]
