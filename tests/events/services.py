"""What the tests start privately: RabbitMQ, NATS and the program, each on free ports and in a folder of its own."""

import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pika

PASSWORD = "a sentence is a good password"
BROKER_USER, BROKER_PASSWORD = "selfsame", "p@ss/word-of-the-broker"
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def until(what, look, seconds=60):
    """Waits for the thing itself, looking ten times a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def certificate(folder):
    """A certificate for localhost that signs itself."""
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key,
         "-out", cert, "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"],
        check=True, capture_output=True,
    )
    return key, cert


class Broker:
    """A RabbitMQ that can be stopped and started again with what it holds."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "rabbitmq")
        os.makedirs(self.folder)
        self.port, self.tls_port, self.epmd_port, self.process, self.epmd = free_port(), free_port(), free_port(), None, None
        key, cert = certificate(self.folder)
        with open(os.path.join(self.folder, "rabbitmq.conf"), "w") as file:
            file.write(
                f"listeners.tcp.default = 127.0.0.1:{self.port}\nlisteners.ssl.default = 127.0.0.1:{self.tls_port}\n"
                f"ssl_options.certfile = {cert}\nssl_options.keyfile = {key}\nssl_options.verify = verify_none\n"
                f"default_user = {BROKER_USER}\ndefault_pass = {BROKER_PASSWORD}\nloopback_users = none\n"
                # The alarm for a full disk is not what is tested.
                "disk_free_limit.absolute = 1MB\nlog.file.level = warning\n"
            )
        with open(os.path.join(self.folder, "plugins"), "w") as file:
            file.write("[].")
        self.certificate = cert

    def __enter__(self):
        address = ["-port", str(self.epmd_port), "-address", "127.0.0.1"]
        self.epmd = subprocess.Popen(["epmd", *address])
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.epmd.kill()
        self.epmd.wait()

    def start(self):
        base = self.folder
        environment = {
            "PATH": os.environ["PATH"], "HOME": base, "ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"selfsame{self.port}@localhost", "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": f"{base}/mnesia", "RABBITMQ_LOG_BASE": f"{base}/log",
            "RABBITMQ_CONFIG_FILE": f"{base}/rabbitmq.conf", "RABBITMQ_ENABLED_PLUGINS_FILE": f"{base}/plugins",
            "RABBITMQ_CONF_ENV_FILE": f"{base}/none", "LANG": "C.UTF-8",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        with open(os.path.join(base, "output"), "ab") as output:
            self.process = subprocess.Popen([RABBITMQ], env=environment, stdout=output, stderr=output, start_new_session=True)
        until("RabbitMQ", self.works, 120)

    def works(self):
        if self.process.poll() is not None:
            raise AssertionError(f"RabbitMQ did not start: {open(os.path.join(self.folder, 'output')).read()}")
        try:
            self.connect().close()
            return True
        except (pika.exceptions.AMQPError, OSError):
            return False

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(60)
            # The script may end before the broker that it has started.
            until("the end of RabbitMQ", lambda: not answers(self.port))
            self.process = None

    @property
    def url(self):
        return f"amqp://{BROKER_USER}:{urllib.parse.quote(BROKER_PASSWORD, safe='')}@127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"amqps://{BROKER_USER}:{urllib.parse.quote(BROKER_PASSWORD, safe='')}@localhost:{self.tls_port}"

    def connect(self):
        credentials = pika.PlainCredentials(BROKER_USER, BROKER_PASSWORD)
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port, credentials=credentials))


class Consumer(threading.Thread):
    """Takes all events from a durable queue, and connects again whenever the broker was away."""

    def __init__(self, broker, queue="everything", arguments=None, take=True):
        super().__init__(daemon=True)
        self.broker, self.queue, self.events, self.ended = broker, queue, [], threading.Event()
        with broker.connect() as connection:
            channel = connection.channel()
            channel.exchange_declare("selfsame.events", "topic", durable=True)
            channel.queue_declare(queue, durable=True, arguments=arguments)
            channel.queue_bind(queue, "selfsame.events", "#")
        if take:
            self.start()

    def run(self):
        while not self.ended.is_set():
            try:
                self.consume()
            except (pika.exceptions.AMQPError, OSError):
                self.ended.wait(0.2)

    def consume(self):
        with self.broker.connect() as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=200)
            for method, properties, body in channel.consume(self.queue, inactivity_timeout=0.2):
                if self.ended.is_set():
                    return
                if method:
                    self.events.append((time.monotonic(), method, properties, json.loads(body)))
                    channel.basic_ack(method.delivery_tag)

    def stop(self):
        self.ended.set()
        self.join(30)

    def bodies(self):
        return [event for _, _, _, event in list(self.events)]


class Nats:
    def __init__(self, folder):
        self.folder, self.port, self.process = os.path.join(folder, "nats"), free_port(), None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        line = ["nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", self.folder]
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("NATS", lambda: answers(self.port))

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"


class Service:
    """The program on a folder of its own; it can be killed and started again."""

    def __init__(self, program, folder, **settings):
        self.program, self.folder, self.settings = program, folder, settings
        self.log = os.path.join(folder, "log")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def start(self):
        unlimited = {
            f"SELFSAME_{name}_PER_MINUTE": "1000000"
            for name in ("ANONYMOUS_REQUESTS", "ACCOUNT_REQUESTS", "AUTH_REQUESTS", "REGISTRATIONS", "SESSION_REQUESTS")
        }
        environment = {
            "PATH": os.environ["PATH"], "LOG_LEVEL": "info", "SELFSAME_ARGON2_MEMORY_KIB": "8192", "SELFSAME_ARGON2_PASSES": "1",
            "SELFSAME_REGISTRATION_ENUMERATION_SAFE": "false", **unlimited, **self.settings,
        }
        line = [self.program, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", os.path.join(self.folder, "data")]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=log, cwd=self.folder)
        until("the service", self.is_ready)

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the service did not start: {open(self.log).read()[-4000:]}")
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def register(self, name):
        body = {"email": f"{name}@example.org", "password": PASSWORD, "username": name}
        status, answer = self.call("POST", "/auth/register", body)
        assert status == 201, (status, answer)
        data = json.loads(answer)["data"]
        return data["user"]["userId"], data["accessToken"]

    def profile(self, token):
        status, answer = self.call("GET", "/v1/profile", token=token)
        assert status == 200, (status, answer)
        return json.loads(answer)["data"]

    def change(self, token, text):
        return self.call("PUT", "/v1/profile", {"bio": text}, token)[0]

    def metric(self, line):
        _, text = self.call("GET", "/metrics")
        found = [row.rsplit(" ", 1)[1] for row in text.decode().splitlines() if row.startswith(line + " ")]
        return float(found[0]) if found else 0.0
