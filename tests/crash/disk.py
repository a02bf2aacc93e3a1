"""What would be on the disk after a power cut, from the trace of disk.c.

A model that is harsher than file systems are. A file's content is on the disk once the file was
flushed, its name once its directory was. What was not flushed may be there or not: each page (4 kB)
in any of the versions that it had since, or with sectors of two of them, the size as well; the
changes of a directory in their order up to some point. A flush that fails leaves pages that count
as written, in memory, and are not on the disk: they are not flushed again until they are written
again.
"""

import json
import os
import random
import struct
from dataclasses import dataclass, field
from pathlib import Path

RECORD = struct.Struct("<IIQqqIIII")
PAGE, SECTOR = 4096, 512
NOTHING = bytes(PAGE)


@dataclass
class Event:
    kind: str
    thread: int
    file: int
    a: int
    b: int
    path: str
    other: str
    data: bytes


class Trace:
    """A trace that a program and a test write to."""

    def __init__(self, path):
        self.path = path
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        # How far `failures` has read, and what it has found.
        self.looked, self.failed = 0, []

    def note(self, **what):
        """What a test was told, say."""
        self.record("M", data=json.dumps(what).encode())

    def look(self, root):
        """Notes what is there now.

        A program that was killed between a write and its record has written all the same.
        """
        for path in sorted(root.rglob("*")):
            place = str(path.relative_to(root)).encode()
            if path.is_dir():
                self.record("D", place)
            elif path.is_file() and not path.name.endswith("-shm"):
                number, content = path.stat().st_ino, path.read_bytes()
                self.record("O", place, file=number)
                self.record("w", place, content, file=number)

    def record(self, kind, path=b"", data=b"", file=0):
        head = RECORD.pack(ord(kind), 0, file, 0, 0, len(path), 0, len(data), 0)
        os.write(self.file, head + path + data)

    def failures(self):
        """What was made to fail up to now: (call, path), in order.

        Reads only what has come since the last time, and no data.
        """
        end = os.fstat(self.file).st_size
        while self.looked + RECORD.size <= end:
            head = RECORD.unpack(os.pread(self.file, RECORD.size, self.looked))
            kind, sizes = chr(head[0]), head[5:8]
            following = self.looked + RECORD.size + sum(sizes)
            if following > end:
                break
            if kind == "F":
                names = os.pread(self.file, sizes[0] + sizes[1], self.looked + RECORD.size).decode()
                self.failed.append((names[sizes[0] :], names[: sizes[0]]))
            self.looked = following
        return list(self.failed)

    def events(self):
        text, place = self.path.read_bytes(), 0
        while place + RECORD.size <= len(text):
            kind, thread, file, a, b, path, other, data, _ = RECORD.unpack_from(text, place)
            parts, place = [], place + RECORD.size
            for size in (path, other, data):
                parts.append(text[place : place + size])
                place += size
            yield Event(
                chr(kind), thread, file, a, b, parts[0].decode(), parts[1].decode(), parts[2]
            )


@dataclass
class File:
    size: int = 0
    pages: dict = field(default_factory=dict)  # as the program sees them
    disk_size: int = 0
    disk: dict = field(default_factory=dict)
    sizes: list = field(default_factory=list)  # (moment, size) since the last flush
    dirty: dict = field(default_factory=dict)  # page: [(moment, content)] since the last flush

    def write(self, moment, place, data):
        while data:
            page, start = divmod(place, PAGE)
            part = data[: PAGE - start]
            old = self.pages.get(page, NOTHING)
            self.set(moment, page, old[:start] + part + old[start + len(part) :])
            place, data = place + len(part), data[len(part) :]
        if place > self.size:
            self.resize(moment, place)

    def become(self, moment, data):
        """What is there already needs no writing."""
        for page in range(-(-len(data) // PAGE)):
            content = data[page * PAGE : (page + 1) * PAGE].ljust(PAGE, b"\0")
            if self.pages.get(page, NOTHING) != content:
                self.set(moment, page, content)
        if self.size != len(data):
            self.resize(moment, len(data))

    def set(self, moment, page, content):
        self.pages[page] = content
        self.dirty.setdefault(page, []).append((moment, content))

    def resize(self, moment, size):
        self.size = size
        self.sizes.append((moment, size))

    def truncate(self, moment, size):
        for page in [page for page in self.pages if (page + 1) * PAGE > size]:
            kept = max(0, size - page * PAGE)
            self.set(moment, page, self.pages[page][:kept] + bytes(PAGE - kept))
        self.resize(moment, size)

    def flush(self, moment, reached):
        """Ends what was written before `moment`.

        It is on the disk where `reached` says so of a page, and forgotten elsewhere.
        """
        for page, versions in list(self.dirty.items()):
            before = [content for when, content in versions if when < moment]
            after = [(when, content) for when, content in versions if when >= moment]
            if before and reached():
                self.disk[page] = before[-1]
            if after:
                self.dirty[page] = after
            else:
                del self.dirty[page]
        before = [size for when, size in self.sizes if when < moment]
        self.sizes = [(when, size) for when, size in self.sizes if when >= moment]
        if before and reached():
            self.disk_size = before[-1]

    def content(self, chance):
        """What is on the disk.

        `chance` decides over what was not flushed; without it only what was flushed counts.
        """
        pages, size = dict(self.disk), self.disk_size
        if chance:
            size = chance.choice([size] + [size for _, size in self.sizes])
            for page, versions in self.dirty.items():
                found = [self.disk.get(page, NOTHING)] + [content for _, content in versions]
                one, two = chance.choice(found), chance.choice(found)
                torn = chance.random() < 0.2
                places = range(0, PAGE, SECTOR)
                pages[page] = b"".join(
                    (one, two)[torn and chance.random() < 0.5][at : at + SECTOR] for at in places
                )
        content = bytearray(size)
        for page, bytes_of in pages.items():
            room = size - page * PAGE
            if room > 0:
                content[page * PAGE : page * PAGE + min(PAGE, room)] = bytes_of[: min(PAGE, room)]
        return content


class Names:
    """The names of files and directories."""

    def __init__(self):
        self.files, self.directories = {}, {"."}

    def apply(self, change):
        kind, path, other, file = change
        if kind == "O":
            self.files[path] = file
        elif kind == "R":
            if self.files.get(path) is file:
                del self.files[path]
            self.files[other] = file
        elif kind == "L":
            self.files[other] = file
        elif kind == "U":
            self.files.pop(path, None)
            self.directories.discard(path)
        elif kind == "D":
            self.directories.add(path)


def parent(path):
    return os.path.dirname(path) or "."


class Disk:
    """The files of a folder while a trace goes on.

    The flushes of the files `ignored` count for nothing, as a control.
    """

    def __init__(self, seed, ignored=()):
        self.random, self.ignored = random.Random(seed), ignored
        self.now, self.disk = Names(), Names()
        self.changes, self.by_number, self.begun = {}, {}, {}
        self.moment = 0

    def take(self, event):
        self.moment += 1
        kind = event.kind  # `F` and `M` change nothing: what failed was not done
        if kind == "O":
            if event.path not in self.now.files:
                self.change(("O", event.path, "", File()))
            self.by_number[event.file] = self.now.files[event.path]
        elif kind == "W":
            self.file(event).write(self.moment, event.a, event.data)
        elif kind == "w":
            self.file(event).become(self.moment, event.data)
        elif kind == "T":
            self.file(event).truncate(self.moment, event.a)
        elif kind == "S":
            self.begun[event.thread] = self.moment
        elif kind == "E":
            self.flushed(event, self.begun.pop(event.thread))
        elif kind in "RL":
            self.change((kind, event.path, event.other, self.now.files.get(event.path)))
        elif kind == "U" or (kind == "D" and event.path not in self.now.directories):
            self.change((kind, event.path, "", None))

    def file(self, event):
        return self.by_number.get(event.file) or self.now.files[event.path]

    def change(self, change):
        self.now.apply(change)
        entry = {"moment": self.moment, "change": change, "done": False}
        for directory in {parent(change[1]), parent(change[2] or change[1])}:
            self.changes.setdefault(directory, []).append(entry)

    def flushed(self, event, begun):
        path = event.path
        if os.path.basename(path) in self.ignored:
            return
        if not event.a:
            # The disk may have got some of it before it failed.
            reached = (lambda: self.random.random() < 0.3) if event.b else (lambda: True)
            self.file(event).flush(begun, reached)
        elif not event.b:
            entries = self.changes.get(path, [])
            for entry in entries:
                if entry["moment"] < begun and not entry["done"]:
                    self.disk.apply(entry["change"])
                    entry["done"] = True
            self.changes[path] = [entry for entry in entries if not entry["done"]]

    def cut(self, folder, chance=None):
        """Writes what would be there after a power cut now to `folder`."""
        names = Names()
        names.files, names.directories = dict(self.disk.files), set(self.disk.directories)
        if chance:
            seen = set()
            for entries in self.changes.values():
                for entry in entries[: chance.randint(0, len(entries))]:
                    # One that two directories have happens once.
                    if not entry["done"] and id(entry) not in seen:
                        seen.add(id(entry))
                        names.apply(entry["change"])
        for directory in sorted(names.directories):
            if all(str(above) in names.directories for above in Path(directory).parents):
                (folder / directory).mkdir(mode=0o700, exist_ok=True)
        for path, file in names.files.items():
            if (folder / path).parent.is_dir():
                (folder / path).write_bytes(file.content(chance))
                (folder / path).chmod(0o600)
