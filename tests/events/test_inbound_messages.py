"""Messages of other services, through a real RabbitMQ."""

import json
from pathlib import Path
from typing import Any

import pika

from harness.brokers import EventConsumer, RabbitMq
from harness.service import MakeService
from harness.waiting import wait_until
from load import by_user, profile, register

QUEUE, PARKED = "selfsame.inbound", "selfsame.inbound.parked"


def publish(broker: RabbitMq, messages: list[Any], **properties: Any) -> None:
    """Publishes JSON, and bytes as they are, with confirms."""
    with broker.connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare(QUEUE, durable=True)
        durable = pika.BasicProperties(delivery_mode=2, **properties)
        for message in messages:
            body = message if isinstance(message, bytes) else json.dumps(message).encode()
            channel.basic_publish("", QUEUE, body, durable)


def take_parked(broker: RabbitMq) -> list[tuple[Any, bytes]]:
    """Properties and bodies of what is parked, which is taken out of the queue."""
    with broker.connect() as connection:
        channel = connection.channel()
        channel.queue_declare(PARKED, durable=True)
        found: list[tuple[Any, bytes]] = []
        while True:
            method, properties, body = channel.basic_get(PARKED)
            if not method:
                return found
            found.append((properties, body))
            channel.basic_ack(method.delivery_tag)


def test_messages_are_processed_once_though_the_program_is_killed_among_them(
    folder: Path, make_service: MakeService
) -> None:
    with RabbitMq(folder) as broker, make_service(RABBITMQ_URL=broker.url) as service:
        users = register(service, 5)
        messages = [
            {
                "messageId": f"m{number}",
                "type": "stats.increment",
                "userId": users[number % 5].user_id,
                "data": {"increments": {"postsCount": 1}},
            }
            for number in range(600)
        ]

        def counts() -> list[int]:
            return [profile(service, user.token)["stats"]["postsCount"] for user in users]

        publish(broker, messages)
        wait_until("some of them", lambda: sum(counts()) > 20)
        service.kill()
        # Every message comes a second time, from its sender.
        publish(broker, messages)
        service.start()
        wait_until("all of them", lambda: sum(counts()) == 600)
        wait_until("an empty queue", lambda: broker.length(QUEUE) == 0)
        assert counts() == [120] * 5
        assert take_parked(broker) == []


def test_what_can_not_be_processed_is_parked_with_the_reason_and_does_not_block_the_queue(
    folder: Path, make_service: MakeService
) -> None:
    with RabbitMq(folder) as broker, make_service(RABBITMQ_URL=broker.url) as service:
        user, token = service.register("ada")
        badges = {"type": "badges.set", "userId": user, "data": {"badges": ["early_bird"]}}
        unknown = {"messageId": "m1", "type": "user.promote", "userId": user}
        publish(broker, [b"\xff no JSON", unknown], message_id="outside")
        bad = {**badges, "messageId": "m2", "data": {"badges": ["NO!"]}}
        good = {**badges, "messageId": "m9"}
        publish(broker, [bad, good, good])
        has_badge = lambda: profile(service, token)["badges"] == ["early_bird"]
        wait_until("the good one", has_badge)
        found: list[tuple[Any, bytes]] = []

        def are_three_parked() -> bool:
            found.extend(take_parked(broker))
            return len(found) >= 3

        wait_until("the bad ones", are_three_parked)
        assert len(found) == 3, found
        reasons = {body: properties.headers["x-reason"] for properties, body in found}
        assert reasons[b"\xff no JSON"].startswith("the message: "), reasons
        texts = list(reasons.values())
        listed = "type: must be one of stats.increment"
        assert any(text.startswith(listed) for text in texts), reasons
        assert any("data/badges/0" in text for text in texts), reasons
        assert all(properties.delivery_mode == 2 for properties, _ in found)
        assert [properties.message_id for properties, _ in found].count("outside") == 2
        refused = 'selfsame_inbound_messages_refused_total{type="%s"}'
        assert service.metric(refused % "unknown") == 2
        assert service.metric(refused % "badges.set") == 1
        assert service.metric('selfsame_inbound_messages_repeated_total{type="badges.set"}') == 1


def test_messages_about_one_user_are_processed_in_their_order(
    folder: Path, make_service: MakeService
) -> None:
    with RabbitMq(folder) as broker, make_service(RABBITMQ_URL=broker.url) as service:
        users = register(service, 4)
        messages = [
            {
                "messageId": f"m{turn}-{user.user_id}",
                "type": "badges.set",
                "userId": user.user_id,
                "data": {"badges": [f"badge_{turn}"]},
            }
            for turn in range(60)
            for user in users
        ]
        consumer = EventConsumer(broker)

        def is_last(token: str) -> bool:
            return profile(service, token)["badges"] == ["badge_59"]

        def updates() -> list[dict[str, Any]]:
            kind = "profile.badges_updated"
            return [event for event in consumer.bodies() if event["eventType"] == kind]

        publish(broker, messages)
        wait_until("the last", lambda: all(is_last(user.token) for user in users))
        wait_until("the events", lambda: len(updates()) >= 240)
        consumer.stop()
        for user, own in by_user(updates()).items():
            badges = [event["data"]["badges"] for event in own]
            assert badges == [[f"badge_{turn}"] for turn in range(60)], user
