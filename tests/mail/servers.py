"""What the tests of mail and of identity share: the program on a folder of its own, an SMTP server (aiosmtpd, with STARTTLS and
AUTH), a stand-in for Resend, and the runner.
"""

import contextlib
import email
import email.policy
import hashlib
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
METRICS_TOKEN = hashlib.sha256(b"metrics").hexdigest()
# Production mode takes no cheaper hashes of passwords than these.
PRODUCTION = {
    "SELFSAME_MODE": "production", "SELFSAME_PUBLIC_URL": "https://id.example.com",
    "SELFSAME_MASTER_KEY": hashlib.sha256(b"tests").hexdigest(), "SELFSAME_METRICS_TOKEN": METRICS_TOKEN,
    "SELFSAME_ARGON2_MEMORY_KIB": "9216", "SELFSAME_ARGON2_PASSES": "4",
}


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
        """The id of the registration."""
        status, answer = self.post("/auth/register", {"email": f"{name}@example.org", "password": PASSWORD, "username": name})
        assert status == 202, answer
        return answer["data"]["registrationId"]

    def mails(self, outcome):
        status, text = self.call("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
        assert status == 200, text
        found = re.search(rf'selfsame_mails_total{{outcome="{outcome}"}} (\d+)', text.decode())
        return int(found.group(1)) if found else 0


def operator(folder, *arguments):
    """What the command line says about the service's folder."""
    line = [PROGRAM, *arguments, "--data", os.path.join(folder, "data")]
    return subprocess.run(line, env={"PATH": os.environ["PATH"]}, cwd=folder, check=True, capture_output=True, text=True).stdout


def smtp_settings(port, password="p%40ss%3Aword"):
    return {"EMAIL_PROVIDER": "smtp", "SMTP_URL": f"smtp://{SMTP_USER}:{password}@localhost:{port}?tls=required"}


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


def run(tests):
    """Runs each test on a folder of its own; 1 where any failed."""
    failed = 0
    for test in tests:
        with tempfile.TemporaryDirectory() as folder:
            certificate(folder)
            begin = time.monotonic()
            try:
                test(folder)
                print(f"ok      {test.__name__} ({time.monotonic() - begin:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {test.__name__}\n{traceback.format_exc()}", flush=True)
                with contextlib.suppress(OSError):
                    print(open(os.path.join(folder, "log")).read())
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed > 0
