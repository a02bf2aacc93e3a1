"""Events to a real NATS server that is stopped and started, while the program is killed."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nats

from harness.brokers import Nats
from harness.service import MakeService
from load import Event, Load, assert_in_order_without_gaps, has_newest, register

# As in test_rabbitmq.py.
OUTAGE = float(os.environ.get("SELFSAME_OUTAGE", "10"))


class StoredMessage(NamedTuple):
    """A message of the stream."""

    subject: str
    headers: dict[str, str]
    event: Event


async def consume(url: str, is_complete: Callable[[list[Event]], bool]) -> list[StoredMessage]:
    """Reads the stream until the events are complete, for 120 s at most."""
    client, end = await nats.connect(url), time.monotonic() + 120
    stream: Any = client.jetstream()
    subscription = await stream.pull_subscribe("selfsame.>", "test", stream="SELFSAME")
    messages: list[StoredMessage] = []
    while time.monotonic() < end and not is_complete([message.event for message in messages]):
        with contextlib.suppress(nats.errors.TimeoutError, asyncio.TimeoutError):
            for message in await subscription.fetch(100, timeout=0.5):
                event = json.loads(message.data)
                messages.append(StoredMessage(message.subject, message.headers, event))
                await message.ack()
    await client.close()
    return messages


def test_a_consumer_gets_every_event_once_in_order_over_an_outage_and_a_kill_of_the_program(
    folder: Path, make_service: MakeService
) -> None:
    with Nats(folder) as server, make_service(NATS_URL=server.url) as service:
        users = register(service, 8)
        with Load(service, users):
            time.sleep(1)
            server.stop()
            time.sleep(OUTAGE / 4)
            service.kill()
            service.start()
            time.sleep(OUTAGE / 4)
            server.start()
            time.sleep(2)
        messages = asyncio.run(
            consume(server.url, lambda events: has_newest(service, users, events))
        )
        events = [message.event for message in messages]
        assert has_newest(service, users, events)
        assert_in_order_without_gaps(events)
        for message in messages:
            assert message.subject == "selfsame." + message.event["eventType"]
            assert message.headers["Nats-Msg-Id"] == message.event["eventId"]
        ids = {event["eventId"] for event in events}
        assert len(ids) == len(events), "the server recognises what it has already"
