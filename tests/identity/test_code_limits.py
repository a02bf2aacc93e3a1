"""The limits of one-time codes, in production mode, with one process and with two on one store."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pytest

from harness.certificates import Certificate
from harness.mailboxes import newest_code
from harness.service import MakeService, Service
from harness.smtp import SmtpMailboxes, smtp_server, smtp_settings
from harness.waiting import wait_until
from identity_client import (
    UNLIMITED_PRODUCTION,
    at_once,
    curl,
    request_code,
    sign_in,
    verify,
    verify_registration,
)

ADA = "ada@example.org"
WRONG, REFUSED = (400, "otp_invalid"), (429, "rate_limited")


class Deployment(NamedTuple):
    """Processes on one store, and what they have mailed."""

    services: list[Service]
    mails: SmtpMailboxes


@contextlib.contextmanager
def deployment(
    certificate: Certificate, make: MakeService, processes: int = 1, **settings: str
) -> Iterator[Deployment]:
    with contextlib.ExitStack() as stack:
        mails = SmtpMailboxes()
        port = stack.enter_context(smtp_server(mails, certificate))
        settings = {**UNLIMITED_PRODUCTION, **settings, **smtp_settings(port)}
        services = [stack.enter_context(make(**settings)) for _ in range(processes)]
        yield Deployment(services, mails)


@pytest.fixture
def one(certificate: Certificate, make_mail_service: MakeService) -> Iterator[Deployment]:
    """One process."""
    with deployment(certificate, make_mail_service) as made:
        yield made


def another(code: str) -> str:
    """A code that is wrong."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_after_three_wrong_codes_in_a_quarter_of_an_hour_the_right_one_is_refused(
    one: Deployment,
) -> None:
    [service], mails = one
    service.request_registration("ada")
    right = newest_code(mails, ADA)
    for _ in range(3):
        assert verify(service, another(right)) == WRONG
    assert verify(service, right) == REFUSED
    assert request_code(service) == 202
    wait_until("another mail", lambda: len(mails.mails) == 2)
    assert verify(service, newest_code(mails, ADA)) == REFUSED, "another code changes nothing"


def test_the_eleventh_mail_with_a_code_in_an_hour_is_not_sent_whatever_asks_for_it(
    one: Deployment,
) -> None:
    [service], mails = one
    service.request_registration("ada")
    assert [request_code(service) for _ in range(10)] == [202] * 9 + [429]
    for _ in range(3):
        status, _ = service.post("/auth/password/forgot", {"email": ADA})
        assert status == 202, "which says nothing about the limit"
    wait_until("ten mails", lambda: service.mails("sent") == 10)
    service.request_registration("eve")
    wait_until("the mail behind them", lambda: mails.texts("eve@example.org"))
    assert len(mails.texts(ADA)) == 10


def test_of_a_hundred_wrong_codes_at_once_three_are_compared(one: Deployment) -> None:
    [service], mails = one
    registration = service.request_registration("ada")
    right = newest_code(mails, ADA)
    answers = at_once([partial(verify_registration, service, another(right), registration)] * 100)
    assert (answers.count(WRONG), answers.count(REFUSED)) == (3, 97), answers
    assert verify_registration(service, right, registration) == REFUSED


def test_two_processes_on_one_store_count_together(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    with deployment(certificate, make_mail_service, processes=2) as (services, mails):
        assert services[0].url != services[1].url
        registration = services[0].request_registration("ada")
        sent = at_once([partial(request_code, services[number % 2]) for number in range(40)])
        assert (sent.count(202), sent.count(429)) == (9, 31), sent
        wait_until("ten mails", lambda: len(mails.mails) == 10)
        right = newest_code(mails, ADA)
        texts = "\n".join(mails.texts(ADA))
        wrong = next(code for code in (f"{number:06}" for number in range(11)) if code not in texts)
        give = [partial(verify_registration, service, wrong, registration) for service in services]
        answers = at_once(give * 50)
        assert (answers.count(WRONG), answers.count(REFUSED)) == (3, 97), answers
        for service in services:
            assert verify_registration(service, right, registration) == REFUSED
        assert len(mails.mails) == 10, "each mail was sent by one of them"


def test_an_account_sends_few_codes_to_other_addresses_and_those_get_theirs(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    with deployment(certificate, make_mail_service, EMAIL_DAILY_QUOTA="20") as ([service], mails):
        service.request_registration("ada")
        assert verify(service, newest_code(mails, ADA))[0] == 200
        token = sign_in(service, "ada")[1]["data"]["accessToken"]
        ways = [("PUT", "/v1/account", "email")]
        ways += [("POST", "/auth/profile/email/initiate", "newEmail")]
        asked = [
            curl(service, method, path, token, {member: f"stranger{number}@example.com"})[0]
            for number in range(200)
            for method, path, member in ways
        ]
        assert (asked.count(200), asked.count(429)) == (10, 390), asked
        service.request_registration("eve")
        newest_code(mails, "eve@example.org")
        for _ in range(3):
            assert service.post("/auth/password/forgot", {"email": ADA})[0] == 202
        wait_until("three mails about a new password", lambda: len(mails.texts(ADA)) == 4)
