#!/usr/bin/env python3
"""Simulates power cuts: what would be on the disk if everything that was not flushed had been lost?

Needs Linux, strace and Python. Run from the root of the repository:

    cargo test -p selfsame-items-sqlite --test crash --no-run
    crates/items-sqlite/tools/power_cut.py target/debug/deps/crash-<hash> [cuts] [seconds]

It traces the writer of the crash test (64 tasks that commit numbered items and say so on their standard output), with its
reads, checkpoints and restarts of the log. Then it picks moments of the trace. For each it builds the database file and
the log from the writes that a finished flush of that file covers, drops the others (in half of the cuts only some of
them, in no order, as a disk may), opens them with SQLite, and looks for every commit acknowledged before that moment.

As a control the same is done again as if the flushes of the log had never happened: that must lose commits, or the
simulation itself would prove nothing.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TEST = "a_killed_writer_loses_nothing_it_has_acknowledged"
FILES = ("items.db", "items.db-wal")
CALLS = "fdatasync,fsync,pwrite64,write,ftruncate"
NEVER = sys.maxsize


@dataclass
class Event:
    kind: str  # "write", "truncate", "flush" or "done"
    start: int  # line of the trace
    end: int = NEVER  # line on which the call returned
    file: str = ""
    offset: int = 0
    data: bytes = b""
    done: tuple = ()  # task and number that were acknowledged


def unescape(text):
    return bytes.fromhex(text.replace("\\x", ""))


def event_of(line, call, arguments):
    path = re.match(r"\d+<((?:\\x[0-9a-f]{2})*)>", arguments)
    file = os.path.basename(unescape(path.group(1)).decode()) if path else ""
    if call == "write":
        text = re.search(r', "((?:\\x[0-9a-f]{2})*)"', arguments)
        said = re.match(r"done (\d+) (\d+) \.", unescape(text.group(1)).decode(errors="replace")) if text else None
        return Event("done", line, done=(int(said.group(1)), int(said.group(2)))) if said else None
    if file not in FILES:
        return None
    if call == "pwrite64":
        found = re.search(r', "((?:\\x[0-9a-f]{2})*)", (\d+), (\d+)', arguments)
        data = unescape(found.group(1))
        assert len(data) == int(found.group(2)), "strace cut a write short"
        return Event("write", line, file=file, offset=int(found.group(3)), data=data)
    if call == "ftruncate":
        return Event("truncate", line, file=file, offset=int(re.search(r", (\d+)", arguments).group(1)))
    return Event("flush", line, file=file)


def read_trace(path):
    events, unfinished, line = [], {}, 0
    for line, text in enumerate(path.open()):
        resumed = re.match(r"(\d+) +<\.\.\. \w+ resumed>", text)
        called = re.match(r"(\d+) +(\w+)\((.*)", text)
        if resumed and resumed.group(1) in unfinished:
            unfinished.pop(resumed.group(1)).end = line
        elif called and (event := event_of(line, called.group(2), called.group(3))):
            events.append(event)
            if "<unfinished" in text:
                unfinished[called.group(1)] = event
            else:
                event.end = line
    return events, line


def on_disk(events, file, cut, chance):
    """The content of `file` after a cut, unflushed writes having `chance` to be there."""
    mine = [event for event in events if event.file == file and event.start < cut]
    flushed = max((event.start for event in mine if event.kind == "flush" and event.end < cut), default=-1)
    content = bytearray()
    for event in mine:
        if event.kind == "flush" or (event.end >= flushed and random.random() >= chance):
            continue
        end = event.offset + len(event.data)
        content.extend(bytes(max(0, end - len(content))))
        if event.kind == "truncate":
            del content[event.offset :]
        else:
            content[event.offset : end] = event.data
    return content


def is_whole(database, partition, last):
    rows = database.execute(
        "SELECT sort, body FROM items WHERE partition = ? AND sort >= 'n/' ORDER BY sort", (partition,)
    ).fetchall()
    numbers = [int(sort[2:]) for sort, _ in rows]
    return numbers == list(range(1, last + 1)) and all(
        body == number.to_bytes(8, "little") * 120 for number, (_, body) in zip(numbers, rows)
    )


def verdict(place, acknowledged):
    """Whether acknowledged commits are missing, and whether anything is there in part."""
    try:
        with sqlite3.connect(place / FILES[0]) as database:
            rows = database.execute("SELECT partition, body FROM items WHERE sort = 'last'")
            last = {partition: int.from_bytes(body, "little") for partition, body in rows}
            lost = any(last.get(f"task/{task}", 0) < number for task, number in acknowledged.items())
            whole = all(is_whole(database, partition, number) for partition, number in last.items())
            sound = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return lost, not (whole and sound)
    except sqlite3.Error:
        return True, True


def simulate(name, events, length, cuts):
    said = [event for event in events if event.kind == "done"]
    lost = torn = looked_for = 0
    for number in range(cuts):
        cut = random.randrange(said[0].start, length)
        acknowledged = {}
        for event in said:
            if event.start < cut:
                task, number_done = event.done
                acknowledged[task] = max(acknowledged.get(task, 0), number_done)
        place = Path(tempfile.mkdtemp())
        for file in FILES:
            (place / file).write_bytes(on_disk(events, file, cut, 0.5 * (number % 2)))
        missing, partial = verdict(place, acknowledged)
        shutil.rmtree(place)
        lost, torn, looked_for = lost + missing, torn + partial, looked_for + sum(acknowledged.values())
    print(f"{name}: {cuts} cuts, {looked_for} acknowledged commits looked for; {lost} cuts lost some, {torn} tore some")
    return lost + torn


def main():
    test, cuts, seconds = sys.argv[1], int((sys.argv[2:] + ["100"])[0]), (sys.argv[3:] + ["3"])[0]
    place = Path(tempfile.mkdtemp(dir="target"))
    trace = place / "trace"
    command = ["timeout", seconds, "strace", "-f", "-y", "-xx", "-s", "5000", "-e", f"trace={CALLS}", "-o", trace]
    environment = os.environ | {"SELFSAME_CRASH_DATABASE": str(place / FILES[0])}
    subprocess.run(command + [test, TEST, "--exact", "--nocapture"], env=environment, stdout=subprocess.DEVNULL)
    events, length = read_trace(trace)
    shutil.rmtree(place)
    flushes = {file: sum(event.kind == "flush" and event.file == file for event in events) for file in FILES}
    print(f"seen: {sum(event.kind == 'done' for event in events)} commits; flushes: {flushes}")
    broken = simulate("as it was", events, length, cuts)
    unflushed = [event for event in events if not (event.kind == "flush" and event.file == FILES[1])]
    control = simulate("control, the log never flushed", unflushed, length, cuts)
    sys.exit(0 if broken == 0 and control > 0 else 1)


if __name__ == "__main__":
    main()
