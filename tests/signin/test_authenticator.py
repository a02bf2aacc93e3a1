"""Second factors with an authenticator application that shares no code with the program.

oathtool makes the codes, zbarimg reads the QR codes as a phone does.
"""

import base64
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.mailboxes import verified_token
from harness.service import CHEAP_HASHES, PASSWORD, UNLIMITED, Service

# Seconds (RFC 6238).
STEP = 30


class Enrolled(NamedTuple):
    """A user with a second factor."""

    name: str
    secret: str
    recovery_codes: list[str]


@pytest.fixture(scope="module")
def service(program: Path) -> Iterator[Service]:
    with tempfile.TemporaryDirectory() as folder:
        with Service(program, Path(folder), {**CHEAP_HASHES, **UNLIMITED}) as started:
            yield started


def oathtool(secret: str, ahead: int = 0) -> str:
    """The code of now, or of so many steps later."""
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() + ahead * STEP))
    command = ["oathtool", "--totp", "--base32", "--now", at, secret]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def scanned(data_url: str) -> str:
    """What a QR code says."""
    kind, text = data_url.split(",", 1)
    assert kind == "data:image/png;base64", kind
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(base64.b64decode(text))
        file.flush()
        command = ["zbarimg", "--raw", "--quiet", file.name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def new_user(service: Service) -> tuple[str, str]:
    """Name and access token."""
    name = "phone." + uuid.uuid4().hex[:12]
    return name, verified_token(service, name)


def log_in(service: Service, name: str) -> dict[str, Any]:
    """The answer to the password."""
    return service.data("POST", "/auth/login", {"identifier": name, "password": PASSWORD})


def second_step(service: Service, challenge: dict[str, Any], code: str) -> tuple[int, Any]:
    """Status and answer to a code."""
    body = {"challengeId": challenge["challengeId"], "code": code}
    return service.post("/auth/login/2fa", body)


def enrol(service: Service) -> Enrolled:
    """A new user turns the second factor on with a code of oathtool."""
    name, token = new_user(service)
    secret = service.data("POST", "/v1/account/2fa/setup", {}, token)["secret"]
    proof = {"code": oathtool(secret)}
    codes = service.data("POST", "/v1/account/2fa/verify", proof, token)["recoveryCodes"]
    return Enrolled(name, secret, codes)


def test_a_scanned_qr_code_says_what_the_api_says(service: Service) -> None:
    _, token = new_user(service)
    setup = service.data("POST", "/v1/account/2fa/setup", {}, token)
    assert scanned(setup["qrPng"]) == setup["otpauthUrl"]
    assert f"secret={setup['secret']}&" in setup["otpauthUrl"]


def test_a_code_of_oathtool_turns_the_second_factor_on(service: Service) -> None:
    assert len(set(enrol(service).recovery_codes)) == 10


def test_a_code_of_oathtool_signs_in_once(service: Service) -> None:
    user = enrol(service)
    # The present step was used when it was turned on; a phone may be one step ahead.
    code = oathtool(user.secret, ahead=1)
    first, second = log_in(service, user.name), log_in(service, user.name)
    assert first["mfaRequired"] is True and "accessToken" not in first, first
    status, answer = second_step(service, first, code)
    assert status == 200 and answer["data"]["user"]["username"] == user.name, answer
    status, answer = second_step(service, second, code)
    assert (status, answer["code"]) == (401, "invalid_credentials"), answer


def test_a_code_of_another_time_is_refused(service: Service) -> None:
    user = enrol(service)
    challenge, code = log_in(service, user.name), oathtool(user.secret, ahead=4)
    status, answer = second_step(service, challenge, code)
    assert (status, answer["code"]) == (401, "invalid_credentials"), answer


def test_a_recovery_code_works_once(service: Service) -> None:
    user = enrol(service)
    [code, *_] = user.recovery_codes
    assert second_step(service, log_in(service, user.name), code)[0] == 200
    assert second_step(service, log_in(service, user.name), code)[0] == 401
