"""Mail end to end: the real program, a real SMTP server (aiosmtpd, with STARTTLS and AUTH) and a stand-in for Resend.

    python tests/mail/run.py PROGRAM

Every test starts what it needs on free ports of this machine and stops it again. The last line counts what passed and failed.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import time

from servers import (
    PASSWORD, PRODUCTION, PROGRAM, Postbox, Service, certificate, free_port, operator, resend, run, smtp_server, smtp_settings, until,
)

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


def verified_sign_in(service, name, text):
    code = re.search(r"^    (\d{6})\r?$", text, re.M).group(1)
    status, answer = service.post("/auth/email/verify", {"email": f"{name}@example.org", "otp": code, "password": PASSWORD})
    assert (status, answer["data"]["emailVerified"]) == (200, True), answer
    status, answer = service.post("/auth/login", {"identifier": name, "password": PASSWORD})
    assert status == 200 and answer["data"]["accessToken"], answer


def a_code_that_came_by_smtp_with_starttls_and_auth_makes_an_account_work(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **smtp_settings(port)) as service:
        service.register("ada")
        to, mail = until("a mail", lambda: box.mails and box.mails[0])
        assert (to, mail["To"], mail["From"]) == ("ada@example.org", "ada@example.org", "Acme <id@acme.example>"), mail
        assert mail["Subject"] == "Your code for Acme" and mail["Message-ID"].endswith("@acme.example>"), mail
        assert mail.get_content_type() == "multipart/alternative"
        text, html = (part.get_content() for part in mail.iter_parts())
        assert html.lstrip().startswith("<!doctype html>")
        verified_sign_in(service, "ada", text)
        assert len(box.mails) == 1, "it was sent once"


def mails_wait_for_a_server_that_is_down_and_for_a_service_that_was_restarted(folder):
    box, port = Postbox(), free_port()
    with Service(folder, **smtp_settings(port)) as service:
        service.register("ada")
        until("a try", lambda: service.mails("postponed"))
    with Service(folder, **smtp_settings(port)) as service, smtp_server(folder, box, port):
        _, mail = until("the mail", lambda: box.mails and box.mails[0])
        verified_sign_in(service, "ada", next(mail.iter_parts()).get_content())


def a_wrong_password_of_the_operator_loses_no_mail(folder):
    box = Postbox()
    with smtp_server(folder, box) as port:
        with Service(folder, **smtp_settings(port, "wrong")) as service:
            service.register("ada")
            until("a try", lambda: service.mails("postponed"))
            assert service.mails("failed") == 0
        with Service(folder, **smtp_settings(port)):
            until("the mail", lambda: box.mails)


def a_mailbox_that_does_not_exist_is_given_up(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **smtp_settings(port)) as service:
        service.register("refused")
        until("the end of it", lambda: service.mails("failed"))
        assert not box.mails
        said = operator(folder, "mail", "failed")
        assert "email-verification  the SMTP server answered 550 (try 1)" in said and "@" not in said, said


def a_certificate_that_nobody_vouches_for_gets_no_mail(folder):
    box, elsewhere = Postbox(), os.path.join(folder, "elsewhere")
    os.mkdir(elsewhere)
    _, other = certificate(elsewhere)
    with smtp_server(folder, box) as port, Service(folder, SSL_CERT_FILE=other, **smtp_settings(port)) as service:
        service.register("ada")
        until("a try", lambda: service.mails("postponed"))
        assert not box.mails


def signed(body):
    at, key = str(int(time.time())), base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.new(key, b"msg_1." + at.encode() + b"." + body, hashlib.sha256).digest()
    return {"svix-id": "msg_1", "svix-timestamp": at, "svix-signature": "v1," + base64.b64encode(mac).decode()}


def resend_sends_once_and_its_complaints_stop_further_mail(folder):
    with resend() as (url, requests):
        settings = {
            "EMAIL_PROVIDER": "resend", "RESEND_API_KEY": "re_0123456789abcdef", "RESEND_API_URL": url,
            "RESEND_WEBHOOK_SECRET": SECRET,
        }
        with Service(folder, **settings) as service:
            service.register("ada")
            until("a second try", lambda: len(requests) == 2)
            (path, headers, body), (_, again, _) = requests
            assert (path, headers["authorization"]) == ("/emails", "Bearer re_0123456789abcdef")
            assert headers["idempotency-key"] == again["idempotency-key"], "the same mail"
            assert (body["from"], body["to"]) == ('"Acme" <id@acme.example>', ["ada@example.org"])
            verified_sign_in(service, "ada", body["text"])

            service.register("eve")
            until("a mail", lambda: len(requests) == 3)
            report = json.dumps({"type": "email.complained", "data": {"to": ["eve@example.org"]}}).encode()
            status, _ = service.call("POST", "/webhooks/resend", report, signed(report + b" "))
            assert status == 401, status
            status, _ = service.call("POST", "/webhooks/resend", report, signed(report))
            assert status == 204, status
            service.post("/auth/email/verify/resend", {"email": "eve@example.org"})
            until("the refusal", lambda: service.mails("suppressed"))
            assert len(requests) == 3
            operator(folder, "mail", "release", "eve@example.org")
            service.post("/auth/email/verify/resend", {"email": "eve@example.org"})
            until("a mail", lambda: len(requests) == 4)


def production_mode_has_no_inbox(folder):
    environment = {"PATH": os.environ["PATH"], "SELFSAME_DATA": os.path.join(folder, "none"), **PRODUCTION}
    refused = subprocess.run([PROGRAM, "serve"], env=environment, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 78 and "email.provider" in refused.stderr, refused.stderr
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **PRODUCTION, **smtp_settings(port)) as service:
        for path in ["/dev/mail", "/dev/mail/messages", "/dev/mail/previews", "/dev/mail/previews/password-reset/en"]:
            status, _ = service.call("GET", path, headers={"Accept": "text/html"})
            assert status == 404, (path, status)
        service.register("ada")
        until("a mail", lambda: box.mails)
        for _ in range(9):
            assert service.post("/auth/email/verify/resend", {"email": "ada@example.org"})[0] == 202
        status, answer = service.post("/auth/email/verify/resend", {"email": "ada@example.org"})
        assert (status, answer["code"]) == (429, "rate_limited"), "the eleventh in an hour"


TESTS = [
    a_code_that_came_by_smtp_with_starttls_and_auth_makes_an_account_work,
    mails_wait_for_a_server_that_is_down_and_for_a_service_that_was_restarted,
    a_wrong_password_of_the_operator_loses_no_mail,
    a_mailbox_that_does_not_exist_is_given_up,
    a_certificate_that_nobody_vouches_for_gets_no_mail,
    resend_sends_once_and_its_complaints_stop_further_mail,
    production_mode_has_no_inbox,
]

sys.exit(run(TESTS))
