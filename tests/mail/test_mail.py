"""Mail end to end, through a real SMTP server with STARTTLS and AUTH and a stand-in for Resend."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

from harness.certificates import Certificate, self_signed
from harness.mailboxes import CODE
from harness.ports import free_port
from harness.resend import resend_server
from harness.service import PASSWORD, PRODUCTION, MakeService, Service
from harness.smtp import SmtpMailboxes, smtp_server, smtp_settings, text_of
from harness.waiting import wait_until

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


def verify_and_sign_in(service: Service, name: str, text: str) -> None:
    """Completes a registration with the code of a mail."""
    found = CODE.search(text)
    assert found, text
    proof = {"email": f"{name}@example.org", "otp": found[1], "password": PASSWORD}
    status, answer = service.post("/auth/email/verify", proof)
    assert (status, answer["data"]["emailVerified"]) == (200, True), answer
    status, answer = service.post("/auth/login", {"identifier": name, "password": PASSWORD})
    assert status == 200 and answer["data"]["accessToken"], answer


def request_code(service: Service, name: str) -> tuple[int, dict[str, str]]:
    return service.post("/auth/email/verify/resend", {"email": f"{name}@example.org"})


def test_a_code_that_came_by_smtp_with_starttls_and_auth_completes_a_registration(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails = SmtpMailboxes()
    with smtp_server(mails, certificate) as port:
        with make_mail_service(**smtp_settings(port)) as service:
            service.request_registration("ada")
            to, mail = wait_until("a mail", lambda: mails.mails)[0]
            assert to == mail["To"] == "ada@example.org", mail
            assert mail["From"] == "Acme <id@acme.example>", mail
            assert mail["Subject"] == "Your code for Acme", mail
            assert mail["Message-ID"].endswith("@acme.example>"), mail
            assert mail.get_content_type() == "multipart/alternative"
            text, html = (part.get_content() for part in mail.iter_parts())
            assert html.lstrip().startswith("<!doctype html>")
            verify_and_sign_in(service, "ada", text)
            assert len(mails.mails) == 1, "it was sent once"


def test_mails_wait_while_the_server_is_down_and_over_a_restart_of_the_program(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails, port = SmtpMailboxes(), free_port()
    with make_mail_service(**smtp_settings(port)) as service:
        service.request_registration("ada")
        wait_until("a try", lambda: service.mails("postponed"))
    with make_mail_service(**smtp_settings(port)) as service:
        with smtp_server(mails, certificate, port):
            _, mail = wait_until("the mail", lambda: mails.mails)[0]
            verify_and_sign_in(service, "ada", text_of(mail))


def test_a_wrong_smtp_password_loses_no_mail(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails = SmtpMailboxes()
    with smtp_server(mails, certificate) as port:
        with make_mail_service(**smtp_settings(port, "wrong")) as service:
            service.request_registration("ada")
            wait_until("a try", lambda: service.mails("postponed"))
            assert service.mails("failed") == 0
        with make_mail_service(**smtp_settings(port)):
            wait_until("the mail", lambda: mails.mails)


def test_a_mail_to_a_mailbox_that_does_not_exist_is_given_up(
    certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails = SmtpMailboxes()
    with smtp_server(mails, certificate) as port:
        with make_mail_service(**smtp_settings(port)) as service:
            service.request_registration("refused")
            wait_until("the end of it", lambda: service.mails("failed"))
            assert not mails.mails
            listed = service.command("mail", "failed")
            assert "email-verification  the SMTP server answered 550 (try 1)" in listed, listed
            assert "@" not in listed, listed


def test_a_server_whose_certificate_is_not_trusted_gets_no_mail(
    folder: Path, certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails, other = SmtpMailboxes(), self_signed(folder / "elsewhere").certificate
    with smtp_server(mails, certificate) as port:
        with make_mail_service(SSL_CERT_FILE=str(other), **smtp_settings(port)) as service:
            service.request_registration("ada")
            wait_until("a try", lambda: service.mails("postponed"))
            assert not mails.mails


def signature(body: bytes) -> dict[str, str]:
    """The headers with which Resend signs a report (svix)."""
    at, key = str(int(time.time())), base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.new(key, b"msg_1." + at.encode() + b"." + body, hashlib.sha256).digest()
    signed = "v1," + base64.b64encode(mac).decode()
    return {"svix-id": "msg_1", "svix-timestamp": at, "svix-signature": signed}


def test_a_mail_through_resend_is_sent_once_and_a_complaint_stops_further_mail(
    make_mail_service: MakeService,
) -> None:
    with resend_server() as resend:
        settings = {**resend.settings(), "RESEND_WEBHOOK_SECRET": SECRET}
        with make_mail_service(**settings) as service:
            service.request_registration("ada")
            wait_until("a second try", lambda: len(resend.requests) == 2)
            first, second = resend.requests
            assert first.path == "/emails"
            assert first.headers["authorization"] == "Bearer re_0123456789abcdef"
            keys = [request.headers["idempotency-key"] for request in (first, second)]
            assert keys[0] == keys[1], "the same mail"
            assert first.body["from"] == '"Acme" <id@acme.example>'
            assert first.body["to"] == ["ada@example.org"]
            verify_and_sign_in(service, "ada", first.body["text"])

            service.request_registration("eve")
            wait_until("a mail", lambda: len(resend.requests) == 3)
            complaint = {"type": "email.complained", "data": {"to": ["eve@example.org"]}}
            report = json.dumps(complaint).encode()

            def deliver(headers: dict[str, str]) -> int:
                return service.call("POST", "/webhooks/resend", report, headers=headers)[0]

            assert deliver(signature(report + b" ")) == 401
            assert deliver(signature(report)) == 204
            request_code(service, "eve")
            wait_until("the refusal", lambda: service.mails("suppressed"))
            assert len(resend.requests) == 3
            service.command("mail", "release", "eve@example.org")
            request_code(service, "eve")
            wait_until("a mail", lambda: len(resend.requests) == 4)


def test_production_mode_needs_a_mail_provider_and_has_no_development_inbox(
    folder: Path, certificate: Certificate, make_mail_service: MakeService
) -> None:
    without = make_mail_service(**PRODUCTION).launch()
    assert without.wait(30) == 78
    assert "email.provider" in without.log_text(), without.log_text()
    mails = SmtpMailboxes()
    with smtp_server(mails, certificate) as port:
        with make_mail_service(**PRODUCTION, **smtp_settings(port)) as service:
            inbox = ["/dev/mail", "/dev/mail/messages", "/dev/mail/previews"]
            inbox += ["/dev/mail/previews/password-reset/en"]
            for path in inbox:
                status, _ = service.call("GET", path, headers={"Accept": "text/html"})
                assert status == 404, (path, status)
            service.request_registration("ada")
            wait_until("a mail", lambda: mails.mails)
            for _ in range(9):
                assert request_code(service, "ada")[0] == 202
            status, answer = request_code(service, "ada")
            assert (status, answer["code"]) == (429, "rate_limited"), "the eleventh in an hour"
