"""Webhooks end to end: the real program, a receiver that verifies with the library of Standard Webhooks, names that change.

    python tests/webhooks/run.py PROGRAM NSS_WRAPPER [NODE_FOLDER]

NSS_WRAPPER is the library libnss_wrapper.so, which lets a test say where names lead, and say something else later. NODE_FOLDER
holds the npm package `standardwebhooks`, which verifies a second time. Every test starts what it needs on free ports of this
machine and stops it again. The last line counts what passed and failed.
"""

import contextlib
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

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PROGRAM, NSS_WRAPPER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
NODE = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
PASSWORD = "a sentence is a good password"
HOOKS = "/internal/v1/webhooks"


def until(what, look, seconds=40):
    """Waits for the thing itself, looking ten times a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


class Letter:
    """What was posted."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.monotonic()

    def verified(self, secret):
        return Webhook(secret).verify(self.body, self.headers)

    @property
    def event(self):
        return json.loads(self.body)


class Receiver:
    """A server for webhooks. `answers` says how a path is answered: a status, or `hang`."""

    def __init__(self, folder=None):
        self.letters, self.answers, self.over = [], {}, threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.letters.append(Letter(self.path, dict(self.headers.items()), body))
                answer = outer.answers.get(self.path, 204)
                if answer == "hang":
                    outer.over.wait(60)
                    return
                self.send_response(answer)
                if 300 <= answer < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if folder:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path, host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{self.port}{path}"

    def at(self, path):
        return [letter for letter in self.letters if letter.path == path]


def certificate(folder):
    """A certificate for hook.test that signs itself."""
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hook.test", "-keyout", key,
         "-out", cert, "-addext", "subjectAltName=DNS:hook.test", "-addext", "basicConstraints=critical,CA:FALSE"],
        check=True, capture_output=True,
    )


class Service:
    """The program on a folder of its own."""

    def __init__(self, folder, **settings):
        self.folder = folder
        environment = {
            # Tokens name the service that gave them out, so its name must outlast the port.
            "PATH": os.environ["PATH"], "SELFSAME_PUBLIC_URL": "http://accounts.test",
            "SSL_CERT_FILE": os.path.join(folder, "cert.pem"), "LOG_LEVEL": "warn",
            "SELFSAME_ARGON2_MEMORY_KIB": "8192", "SELFSAME_ARGON2_PASSES": "1",
            "SELFSAME_REGISTRATION_ENUMERATION_SAFE": "false", "SELFSAME_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8", **settings,
        }
        data = os.path.join(folder, "data")
        self.log = open(os.path.join(folder, "log"), "ab")
        arguments = [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", data]
        self.process = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=self.log, cwd=folder)
        self.url = self.process.stdout.readline().decode().strip()
        self.token = None

    def __enter__(self):
        if not self.url:
            raise AssertionError(f"the service did not start: {open(self.log.name).read()}")
        self.token = operator(self.folder, "token", "create", "--scope", "webhooks:manage").strip()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.log.close()

    def call(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def data(self, method, path, body=None, token=None):
        status, answer = self.call(method, path, body, token)
        assert status in (200, 201), (status, answer)
        return answer["data"]

    def made(self, url, types=("profile.updated",)):
        return self.data("POST", HOOKS, {"url": url, "eventTypes": list(types)})

    def register(self, name):
        body = {"email": f"{name}@example.org", "password": PASSWORD, "username": name}
        return self.data("POST", "/auth/register", body)["accessToken"]

    def change(self, token, bio):
        self.data("PUT", "/v1/profile", {"bio": bio}, token)

    def deliveries(self, hook):
        return self.data("GET", f"{HOOKS}/{hook['id']}/deliveries?limit=100")["items"]

    def shown(self, hook):
        return self.data("GET", f"{HOOKS}/{hook['id']}")


def operator(folder, *arguments):
    """What the command line says about the service's folder."""
    line = [PROGRAM, *arguments, "--data", os.path.join(folder, "data")]
    return subprocess.run(line, env={"PATH": os.environ["PATH"]}, cwd=folder, check=True, capture_output=True, text=True).stdout


def verified_by_node(letter, secret):
    """Whether the npm package believes it."""
    script = """
      const { Webhook } = require("standardwebhooks");
      const { body, headers, secret } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
      console.log(new Webhook(secret).verify(body, headers).type);
    """
    given = json.dumps({"body": letter.body.decode(), "headers": {k.lower(): v for k, v in letter.headers.items()}, "secret": secret})
    return subprocess.run(["node", "-e", script], input=given, cwd=NODE, check=True, capture_output=True, text=True).stdout.strip()


def refused(letter, secret):
    try:
        letter.verified(secret)
    except WebhookVerificationError:
        return True
    return False


def deliveries_are_believed_by_the_library_and_forgeries_are_not(folder):
    with Receiver() as receiver, Service(folder) as service:
        hook = service.made(receiver.url("/ok"))
        ada = service.register("ada")
        service.change(ada, "Notes on the engine")
        letter = until("a delivery", lambda: receiver.at("/ok"))[0]
        event = letter.verified(hook["secret"])
        assert event["type"] == event["eventType"] == "profile.updated", event
        assert letter.headers["webhook-id"] == event["eventId"] and letter.headers["content-type"] == "application/json"
        assert event["timestamp"] == event["occurredAt"] and event["subject"].startswith("usr_") and event["sequence"] > 0
        letter.body = letter.body.replace(b"profile", b"profilf", 1)
        assert refused(letter, hook["secret"]), "a changed body"
        test = service.data("POST", f"{HOOKS}/{hook['id']}/test")
        assert (test["status"], test["code"]) == ("delivered", 204), test
        letter = receiver.at("/ok")[-1]
        assert letter.verified(hook["secret"])["type"] == "webhook.test"
        if NODE:
            assert verified_by_node(letter, hook["secret"]) == "webhook.test"


def a_rotated_secret_and_the_one_before_are_both_believed(folder):
    with Receiver() as receiver, Service(folder) as service:
        hook = service.made(receiver.url("/ok"))
        new = service.data("POST", f"{HOOKS}/{hook['id']}/rotate-secret")
        assert new["secret"] != hook["secret"] and new["formerSecretUntil"]
        service.change(service.register("ada"), "One")
        letter = until("a delivery", lambda: receiver.at("/ok"))[0]
        assert len(letter.headers["webhook-signature"].split(" ")) == 2, letter.headers
        for secret in (hook["secret"], new["secret"]):
            letter.verified(secret)
            if NODE:
                assert verified_by_node(letter, secret) == "profile.updated"
        newest = service.data("POST", f"{HOOKS}/{hook['id']}/rotate-secret")
        service.data("POST", f"{HOOKS}/{hook['id']}/test")
        letter = receiver.at("/ok")[-1]
        letter.verified(newest["secret"]), letter.verified(new["secret"])
        assert refused(letter, hook["secret"]), "the secret before the one before"


def gone_disables_and_what_waited_is_sent_when_it_is_enabled(folder):
    with Receiver() as receiver, Service(folder) as service:
        receiver.answers["/gone"] = 410
        hook = service.made(receiver.url("/gone"))
        ada = service.register("ada")
        service.change(ada, "One")
        until("the end of it", lambda: not service.shown(hook)["enabled"])
        assert service.shown(hook)["disabledReason"] == "gone"
        metrics = urllib.request.urlopen(service.url + "/metrics").read().decode()
        assert 'selfsame_webhook_endpoints_disabled_total{reason="gone"} 1' in metrics
        receiver.answers["/gone"] = 200
        service.data("POST", f"{HOOKS}/{hook['id']}/enable")
        until("the second try", lambda: len(receiver.at("/gone")) == 2)
        first, second = receiver.at("/gone")
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        second.verified(hook["secret"])


def a_dead_endpoint_does_not_delay_a_living_one(folder):
    with Receiver() as receiver, Service(folder) as service:
        receiver.answers["/hangs"] = "hang"
        for path in ("/hangs", "/alive"):
            service.made(receiver.url(path))
        service.made("http://127.0.0.1:1/")
        people = [service.register(f"ada{number}") for number in range(5)]
        began = time.monotonic()
        for number in range(10):
            for person in people:
                service.change(person, f"Notes {number}")
        until("all deliveries", lambda: len(receiver.at("/alive")) == 50, seconds=12)
        took = time.monotonic() - began
        hanging = receiver.at("/hangs")
        assert hanging and len(hanging) <= len(people), f"each user's events wait for the first: {len(hanging)}"
        print(f"        50 events at the living endpoint after {took:.1f} s, while {len(hanging)} hang at the other")
        seen = {}
        for letter in receiver.at("/alive"):
            event = letter.event
            assert event["sequence"] > seen.get(event["subject"], 0), "in order for each user"
            seen[event["subject"]] = event["sequence"]


def killing_the_service_loses_nothing_and_keeps_the_order(folder):
    with Receiver() as receiver:
        with Service(folder) as service:
            hook = service.made(receiver.url("/all"), [])
            people = [service.register(f"ada{number}") for number in range(4)]
        wanted = 0
        for kill in range(4):
            service = Service(folder)
            for number in range(6):
                for person in people:
                    service.change(person, f"Notes {kill} {number}")
                    wanted += 1
            service.kill()

        def arrived():
            changes = [letter.event for letter in receiver.at("/all") if letter.event["type"] == "profile.updated"]
            return len({(event["subject"], event["sequence"]) for event in changes}) == wanted

        with Service(folder):
            # What a killed worker held is free again after a minute.
            until(f"all {wanted} changes", arrived, seconds=100)
        reached = {}
        for letter in receiver.at("/all"):
            event = letter.verified(hook["secret"])
            last = reached.get(event["subject"], 0)
            assert event["sequence"] <= last + 1, f"{event['sequence']} came after {last}"
            reached[event["subject"]] = max(last, event["sequence"])
        print(f"        {wanted} changes and 4 kills: {len(receiver.at('/all'))} deliveries, none missing or early")


def redirects_are_failures(folder):
    with Receiver() as receiver, Service(folder) as service:
        receiver.answers["/moved"] = 307
        hook = service.made(receiver.url("/moved"))
        test = service.data("POST", f"{HOOKS}/{hook['id']}/test")
        assert (test["status"], test["code"]) == ("failed", 307) and not receiver.at("/elsewhere"), test


def addresses_inside_are_refused(folder):
    with Receiver() as receiver, Service(folder, SELFSAME_WEBHOOKS_ALLOWED_NETWORKS="") as service:
        for url in [
            "https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/",
            "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://0x7f.1/", "https://2130706433/",
            "https://user:secret@example.org/", receiver.url("/ok"), "file:///etc/passwd", "https://100.64.0.1/",
        ]:
            status, answer = service.call("POST", HOOKS, {"url": url})
            assert (status, answer["errors"][0]["pointer"]) == (400, "/url"), (url, status, answer)
        hook = service.made(receiver.url("/ok", "localhost", "https"))
        test = service.data("POST", f"{HOOKS}/{hook['id']}/test")
        assert test["status"] == "failed" and "localhost leads to" in test["error"], test
        assert not receiver.letters


def a_name_that_leads_inside_later_is_refused_then(folder):
    hosts = os.path.join(folder, "hosts")

    def leads_to(*addresses):
        # As a whole and with another time, so that the library reads it anew.
        with open(hosts + ".new", "w") as file:
            file.writelines(f"{address} hook.test\n" for address in addresses)
        os.utime(hosts + ".new", ns=(time.time_ns(), time.time_ns()))
        os.replace(hosts + ".new", hosts)

    leads_to("127.0.0.1")
    preloaded = {"LD_PRELOAD": NSS_WRAPPER, "NSS_WRAPPER_HOSTS": hosts}
    with Receiver(folder) as receiver, Service(folder, **preloaded) as service:
        hook = service.made(receiver.url("/ok", "hook.test", "https"))
        ada = service.register("ada")
        service.change(ada, "One")
        letter = until("a delivery over TLS", lambda: receiver.at("/ok"))[0]
        letter.verified(hook["secret"])
        assert letter.headers["host"] == f"hook.test:{receiver.port}"
        for inside in (["10.1.2.3"], ["127.0.0.1", "192.168.0.1"], ["::1"]):
            leads_to(*inside)
            test = service.data("POST", f"{HOOKS}/{hook['id']}/test")
            assert test["status"] == "failed" and f"hook.test leads to {inside[-1]}" in test["error"], test
        service.change(ada, "Two")
        until("a refusal", lambda: service.deliveries(hook)[0]["status"] == "waiting")
        assert len(receiver.at("/ok")) == 1, "nothing came while the name led inside"
        leads_to("127.0.0.1")
        until("the second change", lambda: len(receiver.at("/ok")) == 2)


def administrators_are_made_by_the_command_line_alone(folder):
    with Receiver() as receiver, Service(folder) as service:
        ada = service.register("ada")
        status, answer = service.call("GET", HOOKS, token=ada)
        assert (status, answer["code"]) == (403, "forbidden")
        assert "administrator" not in service.data("GET", "/v1/account", token=ada)
        operator(folder, "user", "promote", "ada")
        assert service.data("GET", "/v1/account", token=ada)["administrator"] is True
        hook = service.data("POST", HOOKS, {"url": receiver.url("/ok")}, ada)
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", hook["secret"])
        operator(folder, "user", "demote", "ada")
        status, _ = service.call("GET", HOOKS, token=ada)
        assert status == 403


TESTS = [
    deliveries_are_believed_by_the_library_and_forgeries_are_not,
    a_rotated_secret_and_the_one_before_are_both_believed,
    gone_disables_and_what_waited_is_sent_when_it_is_enabled,
    a_dead_endpoint_does_not_delay_a_living_one,
    killing_the_service_loses_nothing_and_keeps_the_order,
    redirects_are_failures,
    addresses_inside_are_refused,
    a_name_that_leads_inside_later_is_refused_then,
    administrators_are_made_by_the_command_line_alone,
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
