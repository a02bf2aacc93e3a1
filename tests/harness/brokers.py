"""RabbitMQ and NATS, which can be stopped and started again with what they hold."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any, NamedTuple, Self

import pika

from harness.certificates import self_signed
from harness.ports import accepts_connections, free_port
from harness.waiting import wait_until

RABBITMQ_USER, RABBITMQ_PASSWORD = "selfsame", "p@ss/word-of-the-broker"
# Debian's wrapper in /usr/sbin refuses any user but root and rabbitmq.
RABBITMQ_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
EXCHANGE = "selfsame.events"


class RabbitMq:
    """A private RabbitMQ in `folder`/rabbitmq, with a port mapper (epmd) of its own.

    Without that, a broker of the machine would share names with it, and an epmd that the tests
    started would outlive them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "rabbitmq"
        self.port, self.tls_port, self.epmd_port = free_port(), free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.epmd: subprocess.Popen[bytes] | None = None
        made = self_signed(self.folder)
        self.certificate = made.certificate
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\n"
            f"listeners.ssl.default = 127.0.0.1:{self.tls_port}\n"
            f"ssl_options.certfile = {made.certificate}\n"
            f"ssl_options.keyfile = {made.key}\n"
            "ssl_options.verify = verify_none\n"
            f"default_user = {RABBITMQ_USER}\n"
            f"default_pass = {RABBITMQ_PASSWORD}\n"
            "loopback_users = none\n"
            # The alarm for a full disk is not what is tested.
            "disk_free_limit.absolute = 1MB\n"
            "log.file.level = warning\n"
        )
        (self.folder / "plugins").write_text("[].")

    def __enter__(self) -> Self:
        address = ["-port", str(self.epmd_port), "-address", "127.0.0.1"]
        self.epmd = subprocess.Popen(["epmd", *address])
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.epmd:
            self.epmd.kill()
            self.epmd.wait()

    def start(self) -> None:
        """Starts the broker and waits until a client can sign in."""
        base = self.folder
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(base),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"selfsame{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": f"{base}/mnesia",
            "RABBITMQ_LOG_BASE": f"{base}/log",
            "RABBITMQ_CONFIG_FILE": f"{base}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{base}/plugins",
            "RABBITMQ_CONF_ENV_FILE": f"{base}/none",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        with (base / "output").open("ab") as output:
            # A session of its own: the script's children have to be stopped, too.
            self.process = subprocess.Popen(
                [RABBITMQ_SERVER],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until("RabbitMQ", self._takes_connections, 120)

    def stop(self) -> None:
        """Stops it. What is durable stays in its folder."""
        if self.process:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(60)
            # The script may end before the broker that it has started.
            wait_until("the end of RabbitMQ", lambda: not accepts_connections(self.port))
            self.process = None

    def _takes_connections(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            output = (self.folder / "output").read_text(errors="replace")
            raise AssertionError(f"RabbitMQ did not start: {output}")
        try:
            self.connect().close()
            return True
        except (pika.exceptions.AMQPError, OSError):
            return False

    @property
    def url(self) -> str:
        """For the program, without TLS."""
        return f"amqp://{self._user_information()}@127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """For the program, with TLS; `certificate` is what it has to trust."""
        return f"amqps://{self._user_information()}@localhost:{self.tls_port}"

    def _user_information(self) -> str:
        return f"{RABBITMQ_USER}:{urllib.parse.quote(RABBITMQ_PASSWORD, safe='')}"

    def connect(self) -> pika.BlockingConnection:
        """A connection of a test."""
        credentials = pika.PlainCredentials(RABBITMQ_USER, RABBITMQ_PASSWORD)
        parameters = pika.ConnectionParameters("127.0.0.1", self.port, credentials=credentials)
        return pika.BlockingConnection(parameters)

    def length(self, queue: str) -> int:
        """How many messages wait in a queue."""
        with self.connect() as connection:
            declared = connection.channel().queue_declare(queue, passive=True)
            return declared.method.message_count


class ConsumedEvent(NamedTuple):
    """A message and when it came, by `time.monotonic`."""

    at: float
    method: Any
    properties: Any
    body: dict[str, Any]


class EventConsumer(threading.Thread):
    """Consumes all events from a durable queue, and connects again whenever the broker was away.

    With `consume=False` it only makes the queue and binds it; `start` consumes later.
    """

    def __init__(
        self,
        broker: RabbitMq,
        queue: str = "everything",
        arguments: dict[str, Any] | None = None,
        consume: bool = True,
    ) -> None:
        super().__init__(daemon=True)
        self.broker, self.queue = broker, queue
        self.events: list[ConsumedEvent] = []
        self.ended = threading.Event()
        with broker.connect() as connection:
            channel = connection.channel()
            channel.exchange_declare(EXCHANGE, "topic", durable=True)
            channel.queue_declare(queue, durable=True, arguments=arguments)
            channel.queue_bind(queue, EXCHANGE, "#")
        if consume:
            self.start()

    def run(self) -> None:
        """The thread: consumes until `stop`."""
        while not self.ended.is_set():
            try:
                self._consume()
            except (pika.exceptions.AMQPError, OSError):
                self.ended.wait(0.2)

    def _consume(self) -> None:
        with self.broker.connect() as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=200)
            messages = channel.consume(self.queue, inactivity_timeout=0.2)
            for method, properties, body in messages:
                if self.ended.is_set():
                    return
                if method:
                    event = ConsumedEvent(time.monotonic(), method, properties, json.loads(body))
                    self.events.append(event)
                    channel.basic_ack(method.delivery_tag)

    def stop(self) -> None:
        """Ends the thread."""
        self.ended.set()
        self.join(30)

    def bodies(self) -> list[dict[str, Any]]:
        """The events up to now, in the order in which they came."""
        return [event.body for event in list(self.events)]


class Nats:
    """A private NATS server with JetStream, which stores in `folder`/nats."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "nats", free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server and waits until it accepts connections."""
        line = ["nats-server", "-a", "127.0.0.1", "-p", str(self.port)]
        line += ["-js", "-sd", str(self.folder)]
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("NATS", lambda: accepts_connections(self.port))

    def stop(self) -> None:
        """Stops it. What is stored stays in its folder."""
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    @property
    def url(self) -> str:
        """For the program and for clients."""
        return f"nats://127.0.0.1:{self.port}"
