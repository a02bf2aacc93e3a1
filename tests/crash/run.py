"""The real program, killed and cut off from power over and over: nothing that it acknowledged may be gone.

    python3 tests/crash/run.py PROGRAM [--kills 1000] [--cuts 200] [--seed 1]

Kills: the program serves people who change their profiles, send pictures and register, is killed without warning (SIGKILL) at
another moment each time, also while it starts, and is begun again on what is there. Power cuts: the same under disk.c, which
notes every write and flush below the data folder; disk.py then makes the folder that a power cut at some moment would have left, and
the program is begun on that. In most of the scenarios one call on some file fails (a flush, a write or a rename): a flush of the store's own
files that fails ends the program with code 74, everything else is refused and the program goes on. A scenario lasts until its call has
failed, and where not exactly that one has failed, once, the scenario has.

After each of them everything that was acknowledged has to be there and whole: accounts, sign-ins, profiles, pictures, uploads, and every
event exactly in order. As a control some cuts are made again as if the log had never been flushed: these must lose something.

Needs Linux, a C compiler and Python. The last line counts what passed and failed.
"""

import argparse
import base64
import contextlib
import fnmatch
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zlib
from pathlib import Path

from disk import Disk, Trace

HERE = Path(__file__).parent
EIO, ENOSPC = 5, 28
PEOPLE = 6
LIFE = 150  # changes of a scenario's program before it ends
UNLIMITED = {
    "SELFSAME_ANONYMOUS_REQUESTS_PER_MINUTE": "1000000",
    "SELFSAME_ACCOUNT_REQUESTS_PER_MINUTE": "1000000",
    "SELFSAME_AUTH_REQUESTS_PER_MINUTE": "1000000",
    "SELFSAME_REGISTRATIONS_PER_MINUTE": "1000000",
    "SELFSAME_REGISTRATION_ENUMERATION_SAFE": "false",
    # The port differs at every start, and tokens name the address that they are for.
    "SELFSAME_PUBLIC_URL": "http://127.0.0.1:8080",
    "SELFSAME_ACCESS_TOKEN_MINUTES": "60",
    "LOG_LEVEL": "error",
}


class Gone(Exception):
    """The program does not answer."""


class Refused(Exception):
    """The program answers that it can't: nothing was acknowledged."""


class Lost(Exception):
    """Something that was acknowledged is not there."""


def picture(number):
    """A PNG of 32 x 32 pixels, as large as an upload has to be."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    noise = random.Random(number)
    rows = b"".join(b"\0" + noise.randbytes(32 * 3) for _ in range(32))
    head = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def digest(content):
    return hashlib.sha256(content).hexdigest()


def form(fields, name, content):
    """A multipart form with one file, which comes last."""
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in fields.items()]
    head = f'Content-Disposition: form-data; name="{name}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    parts.append(head.encode() + content)
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return body, "multipart/form-data; boundary=edge"


class Line:
    """A connection to the program."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method, path, token=None, body=None, kind="application/json"):
        """Status and body of a whole answer."""
        headers = {"Content-Type": kind} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone from error

    def call(self, method, path, token=None, body=None, kind="application/json"):
        """The JSON of an answer, which must be a good one."""
        status, text = self.send(method, path, token, body, kind)
        if status >= 500:
            raise Refused(f"{method} {path}: {status} {text.decode(errors='replace')}")
        if status >= 300:
            raise Lost(f"{method} {path}: {status} {text.decode(errors='replace')}")
        return json.loads(text) if text[:1] in (b"{", b"[") else text


class Service:
    """The program on a folder; under disk.c where there is a trace."""

    begun = set()

    def __init__(self, program, root, trace=None, library=None, fail=None):
        environment = os.environ | UNLIMITED | {"SELFSAME_EVENTS_FILE": str(root / "data" / "events.jsonl")}
        if trace:
            environment |= {"LD_PRELOAD": str(library), "DISK_ROOT": str(root), "DISK_TRACE": str(trace.path)}
        if fail:
            environment["DISK_FAIL"] = " ".join(str(part) for part in fail)
        self.root = root
        self.said = tempfile.TemporaryFile()
        command = [program, "serve", "--listen", "127.0.0.1:0", "--data", str(root / "data")]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=self.said)
        self.port = None
        Service.begun.add(self.process)

    def wait(self):
        """Until it serves; `Gone` where it ends before."""
        line = self.process.stdout.readline().decode()
        if not line.startswith("http"):
            self.process.wait()
            raise Gone(self.output())
        self.port = urllib.parse.urlsplit(line.strip()).port
        return self

    def line(self):
        return Line(self.port)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        Service.begun.discard(self.process)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def output(self):
        self.said.seek(0)
        return self.said.read().decode(errors="replace")


class Person:
    """Somebody who does things, and what was acknowledged to them."""

    def __init__(self, number, note=lambda **_: None):
        self.number, self.note = number, note
        self.email, self.password = f"person{number}@example.org", f"correct horse battery {number}"
        self.told = None

    def tell(self, **what):
        """Notes what an answer has said."""
        self.told = {**(self.told or {"count": 0, "media": []}), **what}
        self.note(person=self.number, told=self.told)

    def register(self, line):
        body = {"email": self.email, "password": self.password, "username": f"person-{self.number}"}
        status, text = line.send("POST", "/auth/register", None, body)
        if status >= 500:
            raise Refused(text)
        # There already where the answer to an earlier try was lost.
        data = json.loads(text)["data"] if status == 201 else self.sign_in(line)
        self.tell(token=data["accessToken"], id=data["user"]["userId"])
        self.catch_up(line)

    def sign_in(self, line):
        return line.call("POST", "/auth/login", None, {"email": self.email, "password": self.password})["data"]

    def catch_up(self, line):
        """What was not acknowledged may have happened."""
        shown = line.call("GET", "/v1/profile", self.told["token"])["data"]
        self.tell(count=number_in(shown, "bio"))

    def change(self, line):
        count = self.told["count"] + 1
        line.call("PUT", "/v1/profile", self.told["token"], {"bio": f"number {count} {'x' * 300}", "location": f"place {count}"})
        self.tell(count=count)

    def show(self, line, number):
        body, kind = form({}, "avatar", picture(number))
        data = line.call("POST", "/v1/profile/avatar", self.told["token"], body, kind)["data"]
        self.tell(avatar=urllib.parse.urlsplit(data["avatarUrl"]).path)

    def upload(self, line, number):
        token, file = self.told["token"], picture(number)
        profile = line.call("GET", "/profiles", token)["data"]["items"][0]["profileId"]
        meta = base64.b64encode(json.dumps({"size": len(file), "format": "png", "width": 32, "height": 32}).encode()).decode()
        status, text = line.send("POST", f"/profiles/{profile}/media", token, {"mediaType": "image", "mediaMeta": meta})
        if status >= 300:  # 409 where uploads that were lost with an answer hold all places
            raise Refused(text)
        asked = json.loads(text)
        body, kind = form(asked["uploadHeaders"], "file", file)
        line.call("POST", urllib.parse.urlsplit(asked["uploadUrl"]).path, None, body, kind)
        self.tell(media=self.told["media"] + [(f"/profiles/{profile}/media/{asked['mediaId']}", digest(file))])

    def live(self, service, chance, stop):
        """Does one thing after the other until the program is gone."""
        try:
            line = service.line()
            while not stop.is_set():
                try:
                    self.do(line, chance)
                except Refused:
                    line = service.line()
                    if self.told:
                        self.catch_up(line)
        except (Gone, Refused):
            pass

    def do(self, line, chance):
        dice = chance.random()
        if self.told is None:
            self.register(line)
        elif dice < 0.05:
            self.show(line, chance.randrange(1 << 30))
        elif dice < 0.08 and len(self.told["media"]) < 3:
            self.upload(line, chance.randrange(1 << 30))
        else:
            self.change(line)

    def check(self, line, told, uploads):
        """What is there is at least what was acknowledged, and whole; what more there is counts as told from now on."""
        token = told["token"]
        data = line.call("GET", "/v1/profile", token)["data"]
        count, other = number_in(data, "bio"), number_in(data, "location")
        if count < told["count"] or count != other:
            raise Lost(f"{told['id']}: {told['count']} changes were acknowledged, and there are {count} and {other}")
        if "avatar" in told:
            shown = urllib.parse.urlsplit(data["avatar"]).path
            status, content = line.send("GET", shown)
            if status != 200 or not content or "/v1/avatars/" in shown:
                raise Lost(f"{told['id']}: the picture {shown} is gone ({status})")
        for path, file in told["media"]:
            self.check_media(line, path, token, file, uploads)
        return {**told, "count": count}

    def check_media(self, line, path, token, file, uploads):
        """A file that has arrived is there until it has become a picture, which whoever was killed while making it delays."""
        media = line.call("GET", path, token)
        if media["status"] == "processing":
            if file not in uploads and line.call("GET", path, token)["status"] == "processing":
                raise Lost(f"{path}: what was uploaded is gone")
        elif media["status"] == "ready":
            status, content = line.send("GET", urllib.parse.urlsplit(media["urls"]["original"]).path)
            if status != 200 or not content:
                raise Lost(f"{path}: its file is gone ({status})")
        else:
            raise Lost(f"{path} is {media['status']}")


def number_in(profile, field):
    """The number of the change that wrote a field."""
    return int((profile.get(field) or "number 0").split()[1])


def until(what, look, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise Lost(f"not within {seconds} s: {what}")


def check_events(path, counts):
    """Every change was told, in order and without a gap; some more than once."""
    def missing():
        last, changes, torn = {}, {}, False
        for text in path.read_bytes().split(b"\n") if path.exists() else []:
            try:
                event = json.loads(text)
            except ValueError:
                # What was not flushed, and is told again; so is what may stand behind it.
                torn |= bool(text)
                continue
            who, sequence = event["subject"], event["sequence"]
            if sequence > last.get(who, 0) + 1 and not torn:
                raise Lost(f"{who}: event {sequence} comes after {last.get(who, 0)}")
            if sequence == last.get(who, 0) + 1:
                last[who] = sequence
                changes[who] = changes.get(who, 0) + (event["eventType"] == "profile.updated")
        return [(who, changes.get(who, 0), count) for who, count in counts.items() if changes.get(who, 0) != count]

    until("all events are told", lambda: not missing(), 180)


def check(service, people, told):
    """Everybody's own, and one who signs in with a password: that takes the master key, too. `told` is brought up to date."""
    line = service.line()
    uploads = set()
    for file in (service.root / "data" / "blobs" / ".uploads").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has become a picture
            uploads.add(digest(file.read_bytes()))
    known = [person for person in people if told.get(person.number)]
    for person in known:
        told[person.number] = person.check(line, told[person.number], uploads)
    if known:
        # And out: an account has so many sessions, and the oldest one is what changes are made with.
        line.call("POST", "/auth/logout", known[0].sign_in(line)["accessToken"], {})


def counts(told):
    """How many changes each person has made."""
    return {one["id"]: one["count"] for one in told.values() if one}


class Crowd:
    """People who do things all at the same time."""

    def __init__(self, size, note=lambda **_: None):
        self.people = [Person(number, note) for number in range(size)]
        self.stop, self.threads, self.failed = threading.Event(), [], []

    def begin(self, service, chance):
        self.stop.clear()
        self.threads = [
            threading.Thread(target=self.live, args=(person, service, random.Random(chance.random()))) for person in self.people
        ]
        for thread in self.threads:
            thread.start()

    def live(self, person, service, chance):
        try:
            person.live(service, chance, self.stop)
        except Exception as error:  # told where the threads are waited for
            self.failed.append(error)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        if self.failed:
            raise self.failed[0]

    def acknowledged(self):
        return sum(told["count"] for told in self.told().values() if told)

    def wait_for(self, changes):
        """Until so many more are acknowledged."""
        most = self.acknowledged() + changes
        until("something is written", lambda: self.acknowledged() >= most or self.failed, 180)

    def all_ready(self, service):
        """Whether all that was uploaded has become pictures."""
        line = service.line()
        media = [(path, told["token"]) for told in self.told().values() if told for path, _ in told["media"]]
        return all(line.call("GET", path, token)["status"] == "ready" for path, token in media)

    def told(self):
        return {person.number: person.told for person in self.people}

    def check(self, service):
        """What is there now is what everybody goes on from."""
        told = self.told()
        check(service, self.people, told)
        for person in self.people:
            person.told = told[person.number]


def progress(what, done, count):
    """A run of many minutes tells how far it came, so that one that is broken off is a figure, too."""
    if done % 50 == 0 and done < count:
        print(f"{done} of {count} {what}", flush=True)


# -- kills ------------------------------------------------------------------------------------------------------------------


def kills(program, count, chance):
    """The program on one folder, killed `count` times."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "data").mkdir(mode=0o700)
        crowd = Crowd(PEOPLE)
        service = Service(program, root).wait()
        for number in range(count):
            crowd.begin(service, chance)
            crowd.wait_for(1 + number * 7 % 40)
            service.kill()
            crowd.end()
            service = Service(program, root)
            if number % 4 == 0:
                time.sleep(chance.random() * 0.1)
                service.kill()
                service = Service(program, root)
            service.wait()
            crowd.check(service)
            if number % 250 == 249 or number == count - 1:
                check_events(root / "data" / "events.jsonl", counts(crowd.told()))
            progress("kills", number + 1, count)
        # A worker that was killed holds what it was at for a minute.
        until("all pictures are made", lambda: crowd.all_ready(service), 180)
        crowd.check(service)
        service.kill()
        said = f"{crowd.acknowledged()} changes, {sum(len(told['media']) for told in crowd.told().values() if told)} uploads"
        print(f"{count} kills: {said}, nothing lost", flush=True)


# -- power cuts -------------------------------------------------------------------------------------------------------------

# What ends the first life of a scenario: nothing but a kill or SIGTERM, or a call that fails (see disk.c). The store's own files
# end the program with 74, the others are only not acknowledged.
STORE = [
    ("flush", "data/store.sqlite-wal", 3, EIO),
    ("flush", "data/store.sqlite-wal", 40, EIO),
    ("flush", "data/store.sqlite-wal", 80, ENOSPC),
    ("flush", "data/store.sqlite", 4, EIO),
]
OTHERS = [
    ("flush", "data/blobs/.new/*", 2, EIO),
    ("flush", "data/blobs/avatars", 2, EIO),
    ("flush", "data/blobs/avatars/*", 1, EIO),
    ("rename", "data/blobs/*", 3, EIO),
    ("flush", "data/events.jsonl", 5, EIO),
    ("write", "data/store.sqlite-wal", 200, ENOSPC),
    ("write", "data/events.jsonl", 9, ENOSPC),
]


class Listeners:
    """Programs that still have to tell all events: a worker that was killed holds what it was at for a minute."""

    MOST = 40

    def __init__(self):
        self.waiting, self.failed = [], []

    def wait_for(self, service, told, what):
        if len(self.waiting) >= self.MOST:
            self.waiting.pop(0).join()
        thread = threading.Thread(target=self.listen, args=(service, counts(told), what))
        self.waiting.append(thread)
        thread.start()

    def listen(self, service, expected, what):
        try:
            check_events(service.root / "data" / "events.jsonl", expected)
        except Exception as error:  # told at the end
            self.failed.append(Lost(f"{what}: {error} {service.output()}"))
        service.kill()
        shutil.rmtree(service.root, ignore_errors=True)

    def finish(self):
        for thread in self.waiting:
            thread.join()
        if self.failed:
            raise self.failed[0]


def check_fault(end, failures):
    """What was made to fail is what the scenario wanted: without its fault it would prove nothing."""
    wanted = [end[:2]] if isinstance(end, tuple) else []
    as_wanted = [call == what and fnmatch.fnmatchcase(path, pattern) for (call, path), (what, pattern) in zip(failures, wanted)]
    if len(failures) != len(wanted) or not all(as_wanted):
        raise Lost(f"{end}: what failed is {failures}")


class Lab:
    """Where power cuts are simulated."""

    def __init__(self, program, folder):
        self.program, self.folder, self.library = program, Path(folder), Path(folder) / "disk.so"
        self.listeners, self.made = Listeners(), 0
        build = ["cc", "-shared", "-fPIC", "-O2", "-o", self.library, HERE / "disk.c", "-ldl"]
        subprocess.run(build, check=True)

    def scenario(self, number, chance, cuts):
        """Two lives of the program on a new folder, and `cuts` power cuts somewhere in them."""
        root, trace = self.folder / "live", Trace(self.folder / "trace")
        root.mkdir()
        crowd = Crowd(PEOPLE, trace.note)
        ends = [None, *STORE, "stop", *OTHERS]
        end = ends[number % len(ends)]
        self.first_life(root, trace, crowd, chance, end)
        service = Service(self.program, root, trace, self.library).wait()
        crowd.check(service)
        crowd.begin(service, chance)
        crowd.wait_for(LIFE)
        service.kill()
        crowd.end()
        events = list(trace.events())
        check_fault(end, trace.failures())
        self.cut(crowd.people, events, chance, cuts, f"scenario {number} ({end})")
        print(f"scenario {number} ({end}): {len(events)} records, {len(trace.failures())} calls failed; {cuts} cuts", flush=True)
        if number == 0:
            self.control(crowd.people, events, chance)
        shutil.rmtree(root)
        trace.path.unlink()

    def first_life(self, root, trace, crowd, chance, end):
        fail = end if isinstance(end, tuple) else None
        service = Service(self.program, root, trace, self.library, fail)
        if fail not in STORE:
            service.wait()
            crowd.begin(service, chance)
            crowd.wait_for(LIFE)
            if fail:
                # However rarely people do what makes that call.
                until(f"{fail} fails", lambda: trace.failures() or crowd.failed, 180)
                crowd.wait_for(LIFE // 5)
            if end == "stop":
                service.stop()
            else:
                service.kill()
                trace.look(root)
        else:
            with contextlib.suppress(Gone):  # some flushes are made before it serves
                crowd.begin(service.wait(), chance)
            code = service.process.wait(120)
            if code != 74 or "selfsame: the store " not in service.output():
                raise Lost(f"{end}: ended with {code}: {service.output()}")
        crowd.end()

    def cut(self, people, events, chance, cuts, what):
        """Begins the program on what is there after each of some cuts."""
        first = next(place for place, event in enumerate(events) if event.kind == "M")
        places = sorted(chance.randrange(first // 2, len(events)) for _ in range(cuts))
        for place, (told, image) in zip(places, self.images(events, places, chance)):
            cut = f"{what}, cut at record {place} of {len(events)}"
            try:
                service = self.look(people, told, image)
            except Lost as error:
                raise Lost(f"{cut}: {error}") from None
            self.listeners.wait_for(service, told, cut)

    def control(self, people, events, chance):
        """The same, as if the log were never flushed: if nothing were missing now, nothing of all this would prove anything."""
        lost, cuts = 0, 4
        places = sorted(chance.randrange(len(events) // 2, len(events)) for _ in range(cuts))
        for told, image in self.images(events, places, chance, ignored=("store.sqlite-wal",)):
            try:
                self.look(people, told, image).kill()
            except Lost:
                lost += 1
            shutil.rmtree(image)
        print(f"control, the log never flushed: {lost} of {cuts} cuts lost something", flush=True)
        if not lost:
            raise Lost("the control lost nothing")

    def images(self, events, places, chance, ignored=()):
        """What was acknowledged before each of `places`, and a folder with what the disk holds then."""
        disk, told, left = Disk(chance.random(), ignored), {}, list(places)
        for place, event in enumerate(events):
            while left and left[0] == place:
                left.pop(0)
                self.made += 1
                image = self.folder / f"image{self.made}"
                image.mkdir()
                disk.cut(image, random.Random(chance.random()) if chance.random() < 0.5 else None)
                yield dict(told), image
            if event.kind == "M":
                noted = json.loads(event.data)
                told[noted["person"]] = noted["told"]
            else:
                disk.take(event)

    def look(self, people, told, image):
        """Begins the program on a folder, and looks for all that was acknowledged."""
        service = Service(self.program, image)
        try:
            check(service.wait(), people, told)
        except Exception as error:
            service.kill()
            raise Lost(f"{type(error).__name__} {error} {service.output()}") from None
        return service


def cuts(program, count, chance):
    """Scenarios of about ten power cuts."""
    each = 10
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(program, folder)
        for number in range(-(-count // each)):
            lab.scenario(number, chance, min(each, count - number * each))
            progress("power cuts", min((number + 1) * each, count), count)
        lab.listeners.finish()
    print(f"{count} power cuts: nothing lost", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    passed = failed = 0
    for name, test, count in (("kills", kills, options.kills), ("power cuts", cuts, options.cuts)):
        try:
            test(options.program, count, random.Random(f"{options.seed} {name}"))
            passed += 1
        except Exception as error:  # so that one failure does not hide the other's figures
            print(f"FAILED {name}: {type(error).__name__}: {error}", flush=True)
            failed += 1
    for process in Service.begun:
        if process.poll() is None:
            process.kill()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
