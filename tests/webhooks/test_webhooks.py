"""Webhooks end to end: the program, and a receiver that verifies with the libraries of Standard
Webhooks for Python and for JavaScript (`npm ci` in this folder)."""

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from harness.certificates import Certificate
from harness.waiting import wait_until
from harness.webhook_receiver import ReceivedWebhook, WebhookReceiver
from webhook_service import WEBHOOKS, MakeWebhookService

# Debian's libnss-wrapper: has a test say where a name leads, and say something else later.
NSS_WRAPPER = Path(f"/usr/lib/{platform.machine()}-linux-gnu/libnss_wrapper.so")
VERIFY = """
  const { Webhook } = require("standardwebhooks");
  const { body, headers, secret } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  console.log(new Webhook(secret).verify(body, headers).type);
"""


def type_verified_by_node(webhook: ReceivedWebhook, secret: str) -> str:
    """The event's type, if the npm package accepts the signature."""
    headers = {name.lower(): value for name, value in webhook.headers.items()}
    given = json.dumps({"body": webhook.body.decode(), "headers": headers, "secret": secret})
    done = subprocess.run(
        ["node", "-e", VERIFY],
        input=given,
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_signatures_verify_with_the_libraries_and_forgeries_do_not(
    make_service: MakeWebhookService,
) -> None:
    with WebhookReceiver() as receiver, make_service() as service:
        endpoint = service.endpoint(receiver.url("/ok"))
        secret = endpoint["secret"]
        service.change(service.register("ada").token, "Notes on the engine")
        webhook = wait_until("a delivery", lambda: receiver.at("/ok"))[0]
        event = webhook.verified(secret)
        assert event["type"] == event["eventType"] == "profile.updated", event
        assert webhook.headers["webhook-id"] == event["eventId"]
        assert webhook.headers["content-type"] == "application/json"
        assert event["timestamp"] == event["occurredAt"]
        assert event["subject"].startswith("usr_") and event["sequence"] > 0
        webhook.body = webhook.body.replace(b"profile", b"profilf", 1)
        assert webhook.is_refused(secret), "a changed body"
        test = service.do(endpoint, "test")
        assert (test["status"], test["code"]) == ("delivered", 204), test
        webhook = receiver.at("/ok")[-1]
        assert webhook.verified(secret)["type"] == "webhook.test"
        assert type_verified_by_node(webhook, secret) == "webhook.test"


def test_a_rotated_secret_and_the_one_before_both_verify(make_service: MakeWebhookService) -> None:
    with WebhookReceiver() as receiver, make_service() as service:
        endpoint = service.endpoint(receiver.url("/ok"))
        new = service.do(endpoint, "rotate-secret")
        assert new["secret"] != endpoint["secret"] and new["formerSecretUntil"]
        service.change(service.register("ada").token, "One")
        webhook = wait_until("a delivery", lambda: receiver.at("/ok"))[0]
        assert len(webhook.headers["webhook-signature"].split(" ")) == 2, webhook.headers
        for secret in (endpoint["secret"], new["secret"]):
            webhook.verified(secret)
            assert type_verified_by_node(webhook, secret) == "profile.updated"
        newest = service.do(endpoint, "rotate-secret")
        service.do(endpoint, "test")
        webhook = receiver.at("/ok")[-1]
        webhook.verified(newest["secret"])
        webhook.verified(new["secret"])
        assert webhook.is_refused(endpoint["secret"]), "the secret before the one before"


def test_410_disables_an_endpoint_and_what_waited_is_sent_when_it_is_enabled(
    make_service: MakeWebhookService,
) -> None:
    with WebhookReceiver() as receiver, make_service() as service:
        receiver.responses["/gone"] = 410
        endpoint = service.endpoint(receiver.url("/gone"))
        service.change(service.register("ada").token, "One")
        wait_until("the end of it", lambda: not service.shown(endpoint)["enabled"])
        assert service.shown(endpoint)["disabledReason"] == "gone"
        disabled = 'selfsame_webhook_endpoints_disabled_total{reason="gone"}'
        assert service.metric(disabled) == 1
        receiver.responses["/gone"] = 200
        service.do(endpoint, "enable")
        wait_until("the second try", lambda: len(receiver.at("/gone")) == 2)
        first, second = receiver.at("/gone")
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        second.verified(endpoint["secret"])


def test_an_endpoint_that_does_not_answer_does_not_delay_another(
    make_service: MakeWebhookService, report_figure: Callable[[str], None]
) -> None:
    with WebhookReceiver() as receiver, make_service() as service:
        receiver.responses["/hangs"] = "hang"
        for path in ("/hangs", "/alive"):
            service.endpoint(receiver.url(path))
        service.endpoint("http://127.0.0.1:1/")
        tokens = [service.register(f"ada{number}").token for number in range(5)]
        began = time.monotonic()
        for number in range(10):
            for token in tokens:
                service.change(token, f"Notes {number}")
        wait_until("all deliveries", lambda: len(receiver.at("/alive")) == 50, seconds=12)
        took, hanging = time.monotonic() - began, len(receiver.at("/hangs"))
        assert 0 < hanging <= len(tokens), f"each user's events wait for the first: {hanging}"
        report_figure(f"50 events after {took:.1f} s, while {hanging} hang at the other endpoint")
        seen: dict[str, int] = {}
        for webhook in receiver.at("/alive"):
            event = webhook.event
            assert event["sequence"] > seen.get(event["subject"], 0), "in order for each user"
            seen[event["subject"]] = event["sequence"]


def test_killing_the_program_loses_no_delivery_and_keeps_the_order(
    make_service: MakeWebhookService, report_figure: Callable[[str], None]
) -> None:
    with WebhookReceiver() as receiver:
        with make_service() as service:
            endpoint = service.endpoint(receiver.url("/all"), ())
            tokens = [service.register(f"ada{number}").token for number in range(4)]
        wanted = 0
        for kill in range(4):
            service = make_service().start()
            for number in range(6):
                for token in tokens:
                    service.change(token, f"Notes {kill} {number}")
                    wanted += 1
            service.kill()

        def all_arrived() -> bool:
            events = [webhook.event for webhook in receiver.at("/all")]
            changes = [event for event in events if event["type"] == "profile.updated"]
            return len({(event["subject"], event["sequence"]) for event in changes}) == wanted

        with make_service():
            # What a killed worker had leased is free again after a minute.
            wait_until(f"all {wanted} changes", all_arrived, seconds=100)
        reached: dict[str, int] = {}
        for webhook in receiver.at("/all"):
            event = webhook.verified(endpoint["secret"])
            last = reached.get(event["subject"], 0)
            assert event["sequence"] <= last + 1, f"{event['sequence']} came after {last}"
            reached[event["subject"]] = max(last, event["sequence"])
        report_figure(f"{wanted} changes and 4 kills: {len(receiver.at('/all'))} deliveries")


def test_redirects_are_failures(make_service: MakeWebhookService) -> None:
    with WebhookReceiver() as receiver, make_service() as service:
        receiver.responses["/moved"] = 307
        test = service.do(service.endpoint(receiver.url("/moved")), "test")
        assert (test["status"], test["code"]) == ("failed", 307), test
        assert not receiver.at("/elsewhere")


def test_private_addresses_are_refused(make_service: MakeWebhookService) -> None:
    with WebhookReceiver() as receiver:
        with make_service(SELFSAME_WEBHOOKS_ALLOWED_NETWORKS="") as service:
            for url in [
                "https://127.0.0.1/",
                "https://10.0.0.1/",
                "https://169.254.169.254/latest/meta-data/",
                "https://[::1]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[64:ff9b::7f00:1]/",
                "https://0x7f.1/",
                "https://2130706433/",
                "https://user:secret@example.org/",
                receiver.url("/ok"),
                "file:///etc/passwd",
                "https://100.64.0.1/",
            ]:
                status, answer = service.post(WEBHOOKS, {"url": url}, service.token)
                assert (status, answer["errors"][0]["pointer"]) == (400, "/url"), (url, answer)
            endpoint = service.endpoint(receiver.url("/ok", "localhost", "https"))
            test = service.do(endpoint, "test")
            assert test["status"] == "failed" and "localhost leads to" in test["error"], test
            assert not receiver.received


def test_a_name_that_comes_to_resolve_to_a_private_address_is_refused_from_then_on(
    folder: Path, hook_certificate: Certificate, make_service: MakeWebhookService
) -> None:
    hosts = folder / "hosts"

    def resolve_to(*addresses: str) -> None:
        # As a whole and with another time, so that the library reads it anew.
        new = folder / "hosts.new"
        new.write_text("".join(f"{address} hook.test\n" for address in addresses))
        os.utime(new, ns=(time.time_ns(), time.time_ns()))
        new.replace(hosts)

    assert NSS_WRAPPER.exists(), f"{NSS_WRAPPER} is missing: Debian's libnss-wrapper"
    resolve_to("127.0.0.1")
    preloaded = {"LD_PRELOAD": str(NSS_WRAPPER), "NSS_WRAPPER_HOSTS": str(hosts)}
    with WebhookReceiver(hook_certificate) as receiver, make_service(**preloaded) as service:
        endpoint = service.endpoint(receiver.url("/ok", "hook.test", "https"))
        ada = service.register("ada").token
        service.change(ada, "One")
        webhook = wait_until("a delivery over TLS", lambda: receiver.at("/ok"))[0]
        webhook.verified(endpoint["secret"])
        assert webhook.headers["host"] == f"hook.test:{receiver.port}"
        for private in (["10.1.2.3"], ["127.0.0.1", "192.168.0.1"], ["::1"]):
            resolve_to(*private)
            test = service.do(endpoint, "test")
            assert test["status"] == "failed", test
            assert f"hook.test leads to {private[-1]}" in test["error"], test
        service.change(ada, "Two")
        wait_until("a refusal", lambda: service.deliveries(endpoint)[0]["status"] == "waiting")
        assert len(receiver.at("/ok")) == 1, "nothing came while the name led inside"
        resolve_to("127.0.0.1")
        wait_until("the second change", lambda: len(receiver.at("/ok")) == 2)


def test_only_the_command_line_makes_administrators(make_service: MakeWebhookService) -> None:
    with WebhookReceiver() as receiver, make_service() as service:
        ada = service.register("ada").token
        status, answer = service.json("GET", WEBHOOKS, token=ada)
        assert (status, answer["code"]) == (403, "forbidden")
        assert "administrator" not in service.data("GET", "/v1/account", token=ada)
        service.command("user", "promote", "ada")
        assert service.data("GET", "/v1/account", token=ada)["administrator"] is True
        endpoint = service.data("POST", WEBHOOKS, {"url": receiver.url("/ok")}, ada)
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", endpoint["secret"])
        service.command("user", "demote", "ada")
        assert service.call("GET", WEBHOOKS, token=ada)[0] == 403
