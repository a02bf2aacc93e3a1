"""Events end to end: the real program, a real RabbitMQ and a real NATS, read by clients that are not of this repository.

    python tests/events/run.py PROGRAM [TEST …]

Every test starts what it needs on free ports of this machine and stops it again. The broker is away for SELFSAME_OUTAGE seconds (10
by default). The last line counts what passed and failed.
"""

import asyncio
import collections
import contextlib
import json
import os
import sys
import tempfile
import threading
import time
import traceback

import nats
import pika
from services import BROKER_PASSWORD, Broker, Consumer, Nats, Service, certificate, until

PROGRAM = os.path.abspath(sys.argv[1])
OUTAGE = float(os.environ.get("SELFSAME_OUTAGE", "10"))


class Load:
    """Users who change their profiles all the time, four at once."""

    def __init__(self, service, users):
        self.service, self.users, self.ended = service, users, threading.Event()
        self.done, self.lost, self.slowest = collections.Counter(), 0, 0.0
        self.threads = [threading.Thread(target=self.run, args=(users[part::4],), daemon=True) for part in range(4)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)

    def run(self, users):
        number = 0
        while not self.ended.is_set():
            for user, token in users:
                number += 1
                began = time.monotonic()
                try:
                    status = self.service.change(token, f"change {number}")
                except OSError:
                    # The service was killed: whether it was done is not known.
                    self.lost += 1
                    time.sleep(0.05)
                    continue
                assert status == 200, status
                self.done[user] += 1
                self.slowest = max(self.slowest, time.monotonic() - began)


def by_user(events):
    found = collections.defaultdict(list)
    for event in events:
        found[event["subject"]].append(event)
    return found


def in_order_without_gaps(events):
    """Each event comes for the first time right behind the one before it; some come again."""
    for user, own in by_user(events).items():
        reached, ids = 0, {}
        for event in own:
            assert event["sequence"] <= reached + 1, f"{user}: {event['sequence']} after {reached}"
            reached = max(reached, event["sequence"])
            assert ids.setdefault(event["sequence"], event["eventId"]) == event["eventId"], "another event with this sequence"


def has_all(service, users, events):
    """Whether the newest version of every profile was told of."""
    told = {(event["subject"], event["data"]["version"]) for event in events if event["eventType"] == "profile.updated"}
    return all((user, service.profile(token)["version"]) in told for user, token in users)


def a_consumer_gets_every_event_in_order_though_the_broker_was_away_and_the_service_was_killed(folder):
    with Broker(folder) as broker, Service(PROGRAM, folder, RABBITMQ_URL=broker.url) as service:
        consumer = Consumer(broker)
        users = [service.register(f"user{number}") for number in range(20)]
        with Load(service, users) as load:
            until("events", lambda: len(consumer.events) > 200)
            broker.stop()
            began, before = time.monotonic(), sum(load.done.values())
            time.sleep(OUTAGE / 2)
            assert sum(load.done.values()) > before, "changes go on without the broker"
            service.kill()
            service.start()
            time.sleep(OUTAGE / 2)
            broker.start()
            away, at = time.monotonic() - began, len(consumer.events)
            began = time.monotonic()
            until("more events", lambda: len(consumer.events) > at + 200)
            back = time.monotonic() - began
            service.kill()
            service.start()
            time.sleep(2)
        until("the last events", lambda: has_all(service, users, consumer.bodies()), 180)
        settled = time.monotonic() - began
        consumer.stop()
        events = consumer.bodies()
        in_order_without_gaps(events)
        distinct = {event["eventId"] for event in events}
        for user, token in users:
            updates = {event["data"]["version"] for event in events if event["eventType"] == "profile.updated" and event["subject"] == user}
            assert len(updates) >= load.done[user], f"{user}: {load.done[user]} changes, {len(updates)} events"
            assert max(updates) == service.profile(token)["version"]
        for _, method, properties, event in consumer.events:
            assert method.routing_key == properties.type == event["eventType"]
            assert properties.message_id == event["eventId"] and properties.delivery_mode == 2
            assert properties.content_type == "application/json"
            assert properties.headers["subject"] == event["subject"] and properties.headers["sequence"] == event["sequence"]
            assert abs(properties.timestamp - time.time()) < 3600
        print(
            f"        away {away:.0f} s, {sum(load.done.values())} changes ({load.lost} with an unknown end), {len(distinct)} events, "
            f"{len(events) - len(distinct)} of them twice, {back:.1f} s until 200 more came, {settled:.1f} s until all were there, slowest change "
            f"{load.slowest * 1000:.0f} ms"
        )


def what_the_broker_refuses_is_tried_again(folder):
    with Broker(folder) as broker, Service(PROGRAM, folder, RABBITMQ_URL=broker.url) as service:
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        consumer = Consumer(broker, "small", full, take=False)
        users = [service.register("ada")]
        for number in range(5):
            assert service.change(users[0][1], f"change {number}") == 200
        retries = 'selfsame_event_deliveries_total{reactor="rabbitmq",outcome="retry"}'
        until("a nack", lambda: service.metric(retries) > 0)
        consumer.start()
        until("all events", lambda: has_all(service, users, consumer.bodies()), 120)
        consumer.stop()
        in_order_without_gaps(consumer.bodies())


def over_tls_nothing_is_delivered_to_a_stranger_and_no_password_is_logged(folder):
    elsewhere = os.path.join(folder, "elsewhere")
    os.mkdir(elsewhere)
    _, other = certificate(elsewhere)
    with Broker(folder) as broker:
        consumer = Consumer(broker)
        settings = {"RABBITMQ_URL": broker.tls_url, "LOG_LEVEL": "trace"}
        with Service(PROGRAM, folder, SSL_CERT_FILE=other, **settings) as service:
            service.register("ada")
            until("a try", lambda: "no connection to RabbitMQ" in open(service.log).read())
            assert not consumer.events
        with Service(PROGRAM, folder, SSL_CERT_FILE=broker.certificate, **settings) as service:
            until("the events", lambda: consumer.bodies())
        consumer.stop()
        log = open(service.log).read()
        assert "connected to RabbitMQ" in log
        assert BROKER_PASSWORD not in log and broker.tls_url not in log and "p%40ss" not in log


def publish(broker, messages, **properties):
    with broker.connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("selfsame.inbound", durable=True)
        for message in messages:
            body = message if isinstance(message, bytes) else json.dumps(message).encode()
            channel.basic_publish("", "selfsame.inbound", body, pika.BasicProperties(delivery_mode=2, **properties))


def parked(broker):
    with broker.connect() as connection:
        channel = connection.channel()
        channel.queue_declare("selfsame.inbound.parked", durable=True)
        found = []
        while True:
            method, properties, body = channel.basic_get("selfsame.inbound.parked")
            if not method:
                return found
            found.append((properties, body))
            channel.basic_ack(method.delivery_tag)


def waiting(broker, queue):
    with broker.connect() as connection:
        return connection.channel().queue_declare(queue, passive=True).method.message_count


def messages_of_other_services_are_counted_once_though_the_service_is_killed_among_them(folder):
    with Broker(folder) as broker, Service(PROGRAM, folder, RABBITMQ_URL=broker.url) as service:
        users = [service.register(f"user{number}") for number in range(5)]
        messages = [
            {"messageId": f"m{number}", "type": "stats.increment", "userId": users[number % 5][0],
             "data": {"increments": {"postsCount": 1}}}
            for number in range(600)
        ]
        publish(broker, messages)
        done = lambda: sum(service.profile(token)["stats"]["postsCount"] for _, token in users)
        until("some of them", lambda: done() > 20)
        service.kill()
        # Every message comes a second time, from its sender.
        publish(broker, messages)
        service.start()
        until("all of them", lambda: done() == 600)
        until("an empty queue", lambda: waiting(broker, "selfsame.inbound") == 0)
        assert [service.profile(token)["stats"]["postsCount"] for _, token in users] == [120] * 5
        assert parked(broker) == []


def what_can_not_be_done_is_parked_with_the_reason_and_holds_nothing_up(folder):
    with Broker(folder) as broker, Service(PROGRAM, folder, RABBITMQ_URL=broker.url) as service:
        user, token = service.register("ada")
        badges = {"messageId": "m9", "type": "badges.set", "userId": user, "data": {"badges": ["early_bird"]}}
        publish(broker, [b"\xff no JSON", {"messageId": "m1", "type": "user.promote", "userId": user}], message_id="outside")
        publish(broker, [{**badges, "messageId": "m2", "data": {"badges": ["NO!"]}}, badges, badges])
        until("the good one", lambda: service.profile(token)["badges"] == ["early_bird"])
        found = []
        until("the bad ones", lambda: found.extend(parked(broker)) or len(found) >= 3)
        assert len(found) == 3, found
        reasons = {body: properties.headers["x-reason"] for properties, body in found}
        assert reasons[b"\xff no JSON"].startswith("the message: "), reasons
        assert any(reason.startswith("type: must be one of stats.increment") for reason in reasons.values()), reasons
        assert any("data/badges/0" in reason for reason in reasons.values()), reasons
        assert all(properties.delivery_mode == 2 for properties, _ in found)
        assert [properties.message_id for properties, _ in found].count("outside") == 2
        refused = 'selfsame_inbound_messages_refused_total{type="%s"}'
        assert service.metric(refused % "unknown") == 2 and service.metric(refused % "badges.set") == 1
        assert service.metric('selfsame_inbound_messages_repeated_total{type="badges.set"}') == 1


def messages_about_one_user_are_done_in_their_order(folder):
    with Broker(folder) as broker, Service(PROGRAM, folder, RABBITMQ_URL=broker.url) as service:
        users = [service.register(f"user{number}") for number in range(4)]
        messages = [
            {"messageId": f"m{turn}-{user}", "type": "badges.set", "userId": user, "data": {"badges": [f"badge_{turn}"]}}
            for turn in range(60) for user, _ in users
        ]
        consumer = Consumer(broker)
        publish(broker, messages)
        until("the last", lambda: all(service.profile(token)["badges"] == ["badge_59"] for _, token in users))
        badges = lambda: [event for event in consumer.bodies() if event["eventType"] == "profile.badges_updated"]
        until("the events", lambda: len(badges()) >= 240)
        consumer.stop()
        for user, own in by_user(badges()).items():
            assert [event["data"]["badges"] for event in own] == [[f"badge_{turn}"] for turn in range(60)], user


async def read_stream(url, ended, taken):
    """Takes everything from the stream with a consumer that acknowledges, until `ended`."""
    client = await nats.connect(url)
    subscription = await client.jetstream().pull_subscribe("selfsame.>", "test", stream="SELFSAME")
    while not ended():
        with contextlib.suppress(nats.errors.TimeoutError, asyncio.TimeoutError):
            for message in await subscription.fetch(100, timeout=0.5):
                taken.append((message.subject, message.headers, json.loads(message.data)))
                await message.ack()
    await client.close()


def a_nats_consumer_gets_every_event_in_order_though_the_server_was_away_and_the_service_was_killed(folder):
    with Nats(folder) as server, Service(PROGRAM, folder, NATS_URL=server.url) as service:
        users = [service.register(f"user{number}") for number in range(8)]
        with Load(service, users):
            time.sleep(1)
            server.stop()
            time.sleep(OUTAGE / 4)
            service.kill()
            service.start()
            time.sleep(OUTAGE / 4)
            server.start()
            time.sleep(2)
        taken = []
        end = time.monotonic() + 120
        complete = lambda: has_all(service, users, [event for _, _, event in taken]) or time.monotonic() > end
        asyncio.run(read_stream(server.url, complete, taken))
        events = [event for _, _, event in taken]
        assert has_all(service, users, events)
        in_order_without_gaps(events)
        for subject, headers, event in taken:
            assert subject == "selfsame." + event["eventType"] and headers["Nats-Msg-Id"] == event["eventId"]
        assert len({event["eventId"] for event in events}) == len(events), "the server knows what it has"


def a_nats_that_is_down_does_not_delay_rabbitmq(folder):
    with Broker(folder) as broker, Nats(folder) as server:
        with Service(PROGRAM, folder, RABBITMQ_URL=broker.url, NATS_URL=server.url) as service:
            consumer = Consumer(broker)
            users = [service.register(f"user{number}") for number in range(8)]

            def lags(seconds):
                began, at = time.time(), len(consumer.events)
                with Load(service, users):
                    time.sleep(seconds)
                until("all events", lambda: has_all(service, users, consumer.bodies()))
                shift = time.time() - time.monotonic()
                return sorted(
                    taken + shift - parse(event["occurredAt"]) for taken, _, _, event in consumer.events[at:]
                    if parse(event["occurredAt"]) >= began
                )

            with_nats = lags(4)
            server.stop()
            without = lags(4)
            consumer.stop()
            assert len(with_nats) > 50 and len(without) > 50, (len(with_nats), len(without))
            p99 = [lag[len(lag) * 99 // 100] for lag in (with_nats, without)]
            print(f"        lag to RabbitMQ, p99: {p99[0] * 1000:.0f} ms with NATS, {p99[1] * 1000:.0f} ms while it is down")
            assert p99[1] < max(2.0, 3 * p99[0]), p99


def parse(time_text):
    from datetime import datetime

    return datetime.fromisoformat(time_text.replace("Z", "+00:00")).timestamp()


TESTS = [
    a_consumer_gets_every_event_in_order_though_the_broker_was_away_and_the_service_was_killed,
    what_the_broker_refuses_is_tried_again,
    over_tls_nothing_is_delivered_to_a_stranger_and_no_password_is_logged,
    messages_of_other_services_are_counted_once_though_the_service_is_killed_among_them,
    what_can_not_be_done_is_parked_with_the_reason_and_holds_nothing_up,
    messages_about_one_user_are_done_in_their_order,
    a_nats_consumer_gets_every_event_in_order_though_the_server_was_away_and_the_service_was_killed,
    a_nats_that_is_down_does_not_delay_rabbitmq,
]


def main():
    chosen = [test for test in TESTS if not sys.argv[2:] or test.__name__ in sys.argv[2:]]
    failed = 0
    for test in chosen:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            try:
                test(folder)
                print(f"ok      {test.__name__} ({time.monotonic() - began:.0f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {test.__name__}\n{traceback.format_exc()}", flush=True)
                with contextlib.suppress(OSError):
                    print(open(os.path.join(folder, "log")).read()[-6000:])
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return failed > 0 or not chosen


sys.exit(main())
