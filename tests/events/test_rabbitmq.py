"""Events to a real RabbitMQ that is stopped and started, while the program is killed.

SELFSAME_OUTAGE says for how many seconds a broker is away: 10 unless given, 60 in
`./test long outage`.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from harness.brokers import RABBITMQ_PASSWORD, EventConsumer, Nats, RabbitMq
from harness.certificates import self_signed
from harness.service import MakeService
from harness.waiting import wait_until
from load import (
    Load,
    assert_in_order_without_gaps,
    change,
    has_newest,
    profile,
    register,
    updates,
)

OUTAGE = float(os.environ.get("SELFSAME_OUTAGE", "10"))


def test_a_consumer_gets_every_event_in_order_over_an_outage_of_the_broker_and_kills_of_the_program(
    folder: Path, make_service: MakeService, report_figure: Callable[[str], None]
) -> None:
    with RabbitMq(folder) as broker, make_service(RABBITMQ_URL=broker.url) as service:
        consumer = EventConsumer(broker)
        users = register(service, 20)
        with Load(service, users) as load:
            wait_until("events", lambda: len(consumer.events) > 200)
            broker.stop()
            began, before = time.monotonic(), load.done.total()
            time.sleep(OUTAGE / 2)
            assert load.done.total() > before, "changes go on without the broker"
            service.kill()
            service.start()
            time.sleep(OUTAGE / 2)
            broker.start()
            away, at = time.monotonic() - began, len(consumer.events)
            began = time.monotonic()
            wait_until("more events", lambda: len(consumer.events) > at + 200)
            back = time.monotonic() - began
            service.kill()
            service.start()
            time.sleep(2)
        wait_until("the last", lambda: has_newest(service, users, consumer.bodies()), 180)
        settled = time.monotonic() - began
        consumer.stop()
        events = consumer.bodies()
        assert_in_order_without_gaps(events)
        for user in users:
            versions = {version for who, version in updates(events) if who == user.user_id}
            made = load.done[user.user_id]
            assert len(versions) >= made, f"{user.user_id}: {made} changes, {len(versions)} events"
            assert max(versions) == profile(service, user.token)["version"]
        for _, method, properties, event in consumer.events:
            assert method.routing_key == properties.type == event["eventType"]
            assert properties.message_id == event["eventId"]
            assert properties.delivery_mode == 2
            assert properties.content_type == "application/json"
            assert properties.headers["subject"] == event["subject"]
            assert properties.headers["sequence"] == event["sequence"]
            assert abs(properties.timestamp - time.time()) < 3600
        distinct = {event["eventId"] for event in events}
        report_figure(
            f"away {away:.0f} s, {load.done.total()} changes ({load.unknown} with an unknown end), "
            f"{len(distinct)} events, {len(events) - len(distinct)} deliveries more than that, "
            f"{back:.1f} s until 200 more came, {settled:.1f} s until all were there, "
            f"slowest change {load.slowest * 1000:.0f} ms"
        )


def test_what_the_broker_refuses_is_tried_again(folder: Path, make_service: MakeService) -> None:
    with RabbitMq(folder) as broker, make_service(RABBITMQ_URL=broker.url) as service:
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        consumer = EventConsumer(broker, "small", full, consume=False)
        users = [service.register("ada")]
        for number in range(5):
            assert change(service, users[0].token, f"change {number}") == 200
        retries = 'selfsame_event_deliveries_total{reactor="rabbitmq",outcome="retry"}'
        wait_until("a nack", lambda: service.metric(retries) > 0)
        consumer.start()
        wait_until("all events", lambda: has_newest(service, users, consumer.bodies()), 120)
        consumer.stop()
        assert_in_order_without_gaps(consumer.bodies())


def test_over_tls_an_untrusted_broker_gets_nothing_and_no_password_is_logged(
    folder: Path, make_service: MakeService
) -> None:
    other = self_signed(folder / "elsewhere").certificate
    with RabbitMq(folder) as broker:
        consumer = EventConsumer(broker)
        settings = {"RABBITMQ_URL": broker.tls_url, "LOG_LEVEL": "trace"}
        with make_service(SSL_CERT_FILE=str(other), **settings) as service:
            service.register("ada")
            wait_until("a try", lambda: "no connection to RabbitMQ" in service.log_text())
            assert not consumer.events
        with make_service(SSL_CERT_FILE=str(broker.certificate), **settings) as service:
            wait_until("the events", consumer.bodies)
        consumer.stop()
        log = service.log_text()
        assert "connected to RabbitMQ" in log
        for secret in (RABBITMQ_PASSWORD, broker.tls_url, "p%40ss"):
            assert secret not in log


def test_a_nats_server_that_is_down_does_not_delay_rabbitmq(
    folder: Path, make_service: MakeService, report_figure: Callable[[str], None]
) -> None:
    with RabbitMq(folder) as broker, Nats(folder) as server:
        with make_service(RABBITMQ_URL=broker.url, NATS_URL=server.url) as service:
            consumer = EventConsumer(broker)
            users = register(service, 8)

            def lags(seconds: float) -> list[float]:
                """How late each event of a load came, in seconds, sorted."""
                began, first = time.time(), len(consumer.events)
                with Load(service, users):
                    time.sleep(seconds)
                wait_until("all events", lambda: has_newest(service, users, consumer.bodies()))
                shift = time.time() - time.monotonic()
                times = [
                    (event.at + shift, datetime.fromisoformat(event.body["occurredAt"]).timestamp())
                    for event in consumer.events[first:]
                ]
                return sorted(came - happened for came, happened in times if happened >= began)

            with_nats = lags(4)
            server.stop()
            without = lags(4)
            consumer.stop()
            assert len(with_nats) > 50 and len(without) > 50, (len(with_nats), len(without))
            p99 = [lag[len(lag) * 99 // 100] for lag in (with_nats, without)]
            report_figure(
                f"lag to RabbitMQ, p99: {p99[0] * 1000:.0f} ms with NATS, "
                f"{p99[1] * 1000:.0f} ms while it is down"
            )
            assert p99[1] < max(2.0, 3 * p99[0]), p99
