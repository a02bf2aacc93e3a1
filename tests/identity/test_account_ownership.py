"""Whose account it is: registrations of others, full mailboxes, stolen and guessed passwords."""

import json
import re
from functools import partial
from typing import Any

from harness.certificates import Certificate
from harness.mailboxes import DevelopmentInbox, newest_code
from harness.service import PASSWORD, UNLIMITED, MakeService
from harness.smtp import SmtpMailboxes, smtp_server, smtp_settings
from harness.waiting import wait_until
from identity_client import UNLIMITED_PRODUCTION, at_once, curl, sign_in, verify

ADA = "ada@example.org"
NEW_PASSWORD = "a bridge of very old and quiet stones"


def test_a_code_completes_only_the_registration_that_it_was_mailed_for(
    make_mail_service: MakeService,
) -> None:
    stolen = "the thief has a plan too"
    with make_mail_service() as service:
        mails = DevelopmentInbox(service)

        def register(password: str) -> Any:
            body = {"email": ADA, "password": password, "username": "ada"}
            status, answer = service.post("/auth/register", body)
            assert status == 202, answer
            return answer["data"]["registrationId"]

        own = register(PASSWORD)
        right = newest_code(mails, ADA)
        other = register(stolen)
        wait_until("both mails", lambda: len(mails.texts(ADA)) == 2)
        assert "Name: ada" in mails.texts(ADA)[0], mails.texts(ADA)[0]

        def give(**registration: str) -> tuple[int, Any]:
            return service.post("/auth/email/verify", {"email": ADA, "otp": right, **registration})

        assert give(registrationId=other)[1]["code"] == "otp_invalid"
        assert give()[0] == 400, "a code alone does not say which registration it is for"
        assert give(registrationId=own)[0] == 200
        assert sign_in(service, ADA, stolen)[0] == 401
        assert sign_in(service, ADA, PASSWORD)[0] == 200


def test_a_mailbox_full_of_codes_leaves_a_way_in(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails = SmtpMailboxes()
    with smtp_server(mails, certificate) as port:
        with make_mail_service(**UNLIMITED_PRODUCTION, **smtp_settings(port)) as service:
            service.request_registration("ada")
            assert verify(service, newest_code(mails, ADA))[0] == 200
            for path in ["/auth/password/forgot", "/auth/email/verify/resend"] * 6:
                service.post(path, {"email": ADA})

            def long_codes() -> list[str]:
                form = r"^    ((?:[0-9a-z]{5}-){4}[0-9a-z]{5})\r?$"
                return re.findall(form, "\n".join(mails.texts(ADA)), re.MULTILINE)

            def reset(code: str, **more: str) -> int:
                body = {"email": ADA, "otp": code, "newPassword": NEW_PASSWORD, **more}
                return service.post("/auth/password/reset", body)[0]

            [found] = wait_until("the last mail", long_codes)
            for _ in range(4):
                reset("000000")
            assert reset("000000") == 429
            own = service.post("/auth/password/forgot", {"email": ADA})[1]["data"]["resetId"]
            assert reset(found, resetId=own) == 200
            assert sign_in(service, ADA, NEW_PASSWORD)[0] == 200


def test_a_hijacked_account_comes_back_by_the_link_in_the_old_mailbox(
    make_mail_service: MakeService,
) -> None:
    thief_email, thief_password = "thief@example.net", "eleven quiet otters read the news"
    with make_mail_service() as service:
        mails = DevelopmentInbox(service)
        service.request_registration("ada")
        assert verify(service, newest_code(mails, ADA))[0] == 200
        home = sign_in(service, ADA)[1]["data"]
        thief = sign_in(service, ADA)[1]["data"]
        hijack = partial(curl, service, "POST", token=thief["accessToken"])
        body = {"newEmail": thief_email}
        assert hijack(path="/auth/profile/email/initiate", body=body)[0] == 200
        body["otp"] = newest_code(mails, thief_email)
        assert hijack(path="/auth/profile/email/complete", body=body)[0] == 200
        body = {"currentPassword": PASSWORD, "newPassword": thief_password}
        assert hijack(path="/v1/account/password", body=body)[0] == 200
        assert sign_in(service, ADA)[0] == 401

        def links() -> list[str]:
            return re.findall(r"/undo\?token=([\w-]+)", "\n".join(mails.texts(ADA)))

        [token] = wait_until("the mail to the old address", links)
        status, answer = service.post("/auth/undo", {"token": token})
        undone = {"email": ADA, "removedPasskeys": [], "nextStep": "reset_password"}
        assert (status, answer["data"]) == (200, undone), answer
        for session in [thief, home]:
            access, refresh = session["accessToken"], session["refreshToken"]
            assert service.call("GET", "/v1/account/sessions", token=access)[0] == 401
            assert service.post("/auth/refresh", {"refreshToken": refresh})[0] == 401
        for name in [ADA, thief_email, "ada"]:
            for password in [PASSWORD, thief_password]:
                assert sign_in(service, name, password)[0] == 401, (name, password)
        assert service.post("/auth/undo", {"token": token})[0] == 400, "a link is good once"

        before = len(mails.texts(ADA))
        assert service.post("/auth/password/forgot", {"email": thief_email})[0] == 202
        assert service.post("/auth/password/forgot", {"email": ADA})[0] == 202
        wait_until("the code", lambda: len(mails.texts(ADA)) > before)
        reset = {"email": ADA, "otp": newest_code(mails, ADA), "newPassword": PASSWORD}
        status, _ = service.post("/auth/password/reset", reset)
        assert status == 400, "the stolen password is not taken again"
        reset["newPassword"] = NEW_PASSWORD
        assert service.post("/auth/password/reset", reset)[0] == 200
        status, answer = sign_in(service, "ada", NEW_PASSWORD)
        assert (status, answer["data"]["user"]["email"]) == (200, ADA), answer
        assert sign_in(service, thief_email, NEW_PASSWORD)[0] == 401


def test_guesses_from_many_addresses_do_not_keep_the_owner_out(
    make_mail_service: MakeService,
) -> None:
    with make_mail_service(SELFSAME_TRUSTED_PROXIES="127.0.0.0/8", **UNLIMITED) as service:

        def sign_in_from(address: str, password: str) -> int:
            body = json.dumps({"identifier": "ada", "password": password}).encode()
            headers = {"X-Forwarded-For": address, "Cookie": ""}
            return service.call("POST", "/auth/login", body, headers=headers)[0]

        service.request_registration("ada")
        assert verify(service, newest_code(DevelopmentInbox(service), ADA))[0] == 200
        assert sign_in_from("198.51.100.9", PASSWORD) == 200
        calls = [
            partial(sign_in_from, f"203.0.{number // 256}.{number % 256}", f"wrong guess {number}")
            for number in range(300)
        ]
        # Each costs a hash, also those that are refused, so as many at once as there is room for.
        parts = [at_once(calls[first : first + 20]) for first in range(0, 300, 20)]
        guesses = [status for part in parts for status in part]
        compared = guesses.count(401)
        assert 60 <= compared <= 61 and guesses.count(429) == 300 - compared, compared
        one = [sign_in_from("203.0.113.99", f"another guess {number}") for number in range(20)]
        assert one.count(401) <= 1, one
        assert sign_in_from("198.51.100.9", PASSWORD) == 200, "the owner, from a known address"
        assert sign_in_from("192.0.2.77", PASSWORD) == 429, "from elsewhere the owner is unknown"
