#!/usr/bin/env python3
"""Whether the time of an answer tells if an account exists: `bench/timing.py PROGRAM [--samples 600] [--accounts 100] [--only NAME] [--seed N]`.

Starts the program on a folder of its own, makes accounts, and sends one request after the other over one connection, for known and
unknown names in random order and each from another address: sign-ins with a wrong password, requests for a new password, and
registrations. Prints medians and what a two-sided Mann-Whitney test says (normal approximation, corrected for ties); p at or below 0.01
means that the times can be told apart. As a check of the check, a third series is the first once more with 3 % added, which must be
found out. Nothing but Python is needed. It measures, so it is not for CI.
"""

import argparse
import json
import math
import os
import random
import re
import signal
import socket
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from harness.mailboxes import DevelopmentInbox, newest_code
from harness.service import UNLIMITED, Service

PASSWORD = "notes on the analytical engine"


class Line:
    """One connection that is kept."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, body, address):
        """The nanoseconds until the whole answer was there, its status and its body."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Forwarded-For: {address}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        request = head.encode() + content
        begin = time.perf_counter_ns()
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.more()
        head, _, content = answer.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower()).group(1))
        while len(content) < length:
            content += self.more()
        return time.perf_counter_ns() - begin, int(head[9:12]), content

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise AssertionError("the server closed the connection")
        return part


def mann_whitney(left, right):
    """The two-sided probability that samples of one distribution differ as these do (Mann and Whitney, 1947)."""
    ranked = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    ranks, ties, at = 0.0, 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        count, rank = end - at, (at + end + 1) / 2
        ranks += rank * sum(1 for _, side in ranked[at:end] if side == 0)
        ties += count**3 - count
        at = end
    n, m = len(left), len(right)
    u = ranks - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
    z = max(abs(u - n * m / 2) - 0.5, 0) / spread
    return math.erfc(z / math.sqrt(2)), u / (n * m)


class Measurement:
    def __init__(self, service, chance, accounts):
        self.service, self.chance, self.line = service, chance, Line(urllib.parse.urlsplit(service.url).port)
        self.used, self.fresh = set(), 0
        self.known = [self.name() for _ in range(accounts)]
        self.unknown = [self.name() for _ in range(accounts)]
        for email in self.known:
            self.expect(202, "/auth/register", {"email": email, "password": PASSWORD})
            code = newest_code(DevelopmentInbox(service), email)
            self.expect(200, "/auth/email/verify", {"email": email, "otp": code, "password": PASSWORD})

    def name(self):
        return f"{self.chance.getrandbits(64):016x}@example.org"

    def address(self):
        """One that nobody has used."""
        while True:
            address = f"203.{self.chance.randrange(256)}.{self.chance.randrange(256)}.{self.chance.randrange(256)}"
            if address not in self.used:
                self.used.add(address)
                return address

    def expect(self, status, path, body):
        nanoseconds, answered, content = self.line.post(path, body, self.address())
        assert answered == status, (path, answered, content)
        return nanoseconds

    def sign_in(self, is_known, turn):
        names = self.known if is_known else self.unknown
        return self.expect(401, "/auth/login", {"identifier": names[turn % len(names)], "password": "not the right password"})

    def forgot(self, is_known, turn):
        names = self.known if is_known else self.unknown
        return self.expect(202, "/auth/password/forgot", {"email": names[turn % len(names)]})

    def register(self, is_known, turn):
        # An address is unknown only once.
        email = self.known[turn % len(self.known)] if is_known else self.name()
        return self.expect(202, "/auth/register", {"email": email, "password": PASSWORD})

    def series(self, request, samples):
        order = [True, False] * samples
        self.chance.shuffle(order)
        times = {True: [], False: []}
        for is_known in order:
            times[is_known].append(request(is_known, len(times[is_known])))
        return times[True], times[False]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--samples", type=int, default=600)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--only", default="", help="the requests whose name has this in it")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    # Whoever stops it leaves neither a service nor a folder behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chance, told_apart = random.Random(given.seed), False
    print(f"{given.samples} samples each, {given.accounts} accounts, seed {given.seed}, load {os.getloadavg()[0]:.1f}\n")
    print("| request | known, median ms | unknown, median ms | known - unknown, µs | U/nm | p | 3 % slower, p |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        settings = {**UNLIMITED, "SELFSAME_TRUSTED_PROXIES": "127.0.0.0/8"}
        with Service(Path(given.program).resolve(), Path(folder).resolve(), settings) as service:
            measurement = Measurement(service, chance, given.accounts)
            for label, request in [
                ("sign-in, wrong password", measurement.sign_in), ("new password", measurement.forgot), ("registration", measurement.register),
            ]:
                if given.only not in label:
                    continue
                known, unknown = measurement.series(request, given.samples)
                p, share = mann_whitney(known, unknown)
                control, _ = mann_whitney(known, [value * 1.03 for value in unknown])
                left, right = statistics.median(known), statistics.median(unknown)
                print(f"| {label} | {left / 1e6:.3f} | {right / 1e6:.3f} | {(left - right) / 1e3:+.1f} | {share:.3f} | {p:.3f} | {control:.1e} |", flush=True)
                told_apart |= p <= 0.01
    return told_apart


sys.exit(main())
