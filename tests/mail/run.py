"""Mail end to end: the real program, a real SMTP server (aiosmtpd, with STARTTLS and AUTH) and a stand-in for Resend.

    python tests/mail/run.py PROGRAM

Every test starts what it needs on free ports of this machine and stops it again. The last line counts what passed and failed.
"""

import base64
import contextlib
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PROGRAM = os.path.abspath(sys.argv[1])
PASSWORD = "a sentence is a good password"
SMTP_USER, SMTP_PASSWORD = "mailer", "p@ss:word"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


def until(what, look, seconds=30):
    """Waits for the thing itself, looking ten times a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


def certificate(folder):
    """A certificate for localhost that signs itself."""
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key,
         "-out", cert, "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"],
        check=True, capture_output=True,
    )
    return key, cert


class Postbox:
    """Takes mails, unless their address begins with `refused`."""

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        assert session.ssl and session.authenticated, "a mail came without TLS or AUTH"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail))
        return "250 OK"


def right_password(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (SMTP_USER.encode(), SMTP_PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextlib.contextmanager
def smtp_server(folder, box, port=0):
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    controller = Controller(
        box, hostname="localhost", port=port or free_port(), tls_context=context, require_starttls=True, authenticator=right_password,
        auth_required=True, server_hostname="localhost",
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Service:
    """The program on a folder of its own."""

    def __init__(self, folder, **settings):
        environment = {
            "PATH": os.environ["PATH"], "SSL_CERT_FILE": os.path.join(folder, "cert.pem"), "LOG_LEVEL": "warn",
            "SELFSAME_ARGON2_MEMORY_KIB": "8192", "SELFSAME_ARGON2_PASSES": "1", "EMAIL_FROM": "Acme <id@acme.example>",
            **settings,
        }
        data = os.path.join(folder, "data")
        self.log = open(os.path.join(folder, "log"), "ab")
        arguments = [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", data]
        self.process = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=self.log, cwd=folder)
        self.url = self.process.stdout.readline().decode().strip()

    def __enter__(self):
        if not self.url:
            raise AssertionError(f"the service did not start: {open(self.log.name).read()}")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()

    def call(self, method, path, body=None, headers=None):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def post(self, path, body):
        status, answer = self.call("POST", path, body)
        return status, json.loads(answer)

    def register(self, name):
        status, _ = self.post("/auth/register", {"email": f"{name}@example.org", "password": PASSWORD, "username": name})
        assert status == 202, status

    def mails(self, outcome):
        _, text = self.call("GET", "/metrics")
        found = re.search(rf'selfsame_mails_total{{outcome="{outcome}"}} (\d+)', text.decode())
        return int(found.group(1)) if found else 0


def operator(folder, *arguments):
    """What the command line says about the service's folder."""
    line = [PROGRAM, *arguments, "--data", os.path.join(folder, "data")]
    return subprocess.run(line, env={"PATH": os.environ["PATH"]}, cwd=folder, check=True, capture_output=True, text=True).stdout


def verified_sign_in(service, name, text):
    code = re.search(r"^    (\d{6})\r?$", text, re.M).group(1)
    status, answer = service.post("/auth/email/verify", {"email": f"{name}@example.org", "otp": code})
    assert (status, answer["data"]["emailVerified"]) == (200, True), answer
    status, answer = service.post("/auth/login", {"identifier": name, "password": PASSWORD})
    assert status == 200 and answer["data"]["accessToken"], answer


def smtp_settings(port, password="p%40ss%3Aword"):
    return {"EMAIL_PROVIDER": "smtp", "SMTP_URL": f"smtp://{SMTP_USER}:{password}@localhost:{port}?tls=required"}


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


@contextlib.contextmanager
def resend():
    requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            # The first answer gets lost, so that the mail is handed over twice.
            self.send_response(500 if len(requests) == 1 else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}')

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()


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
    production = {
        "SELFSAME_MODE": "production", "SELFSAME_PUBLIC_URL": "https://id.example.com", "SELFSAME_MASTER_KEY": "ab" * 32,
    }
    environment = {"PATH": os.environ["PATH"], "SELFSAME_DATA": os.path.join(folder, "none"), **production}
    refused = subprocess.run([PROGRAM, "serve"], env=environment, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 78 and "email.provider" in refused.stderr, refused.stderr
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **production, **smtp_settings(port)) as service:
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


def main():
    failed = 0
    for test in TESTS:
        with tempfile.TemporaryDirectory() as folder:
            certificate(folder)
            try:
                test(folder)
                print(f"ok      {test.__name__}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {test.__name__}\n{traceback.format_exc()}", flush=True)
                with contextlib.suppress(OSError):
                    print(open(os.path.join(folder, "log")).read())
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
