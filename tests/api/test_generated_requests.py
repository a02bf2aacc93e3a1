"""Generated requests to every operation of the OpenAPI document, by schemathesis.

A user is registered and sends all of them. What is checked: no 5xx, only documented statuses, media
types, headers and bodies, bad input refused, and no operation that forgets to ask for the token.
The same seed sends the same requests. EXAMPLES says how many for each operation and phase, 40
unless given.
"""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.mailboxes import verified_token
from harness.service import UNLIMITED, Service

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SEED = "20260131"
EXAMPLES = os.environ.get("EXAMPLES", "40")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "ignored_auth",
)
# The stream of events: its answers have no end, which no check waits for.
STREAM = "/v1/account/events"
LOGOUT = "/auth/logout"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}

# Two processes, each with a half of the operations and a user of its own: threads of one process
# share the interpreter's parser, which fails when two of them parse at once
# (python/cpython#106905), and then requests differ from run to run.
AT_ONCE = {
    "people": ["--include-path-regex", "^/v1/", "--exclude-path", STREAM],
    "others": ["--exclude-path-regex", "^/v1/", "--exclude-path", LOGOUT],
}
# What ends the session comes last and alone, or everything after it would only be refused.
LAST = {"leaving": ["--include-path", LOGOUT]}


class Report(NamedTuple):
    """What became of the three runs."""

    statuses: dict[str, int]
    logs: dict[str, str]
    # Of each operation that was tested, what is wrong with it.
    faults: dict[str, list[str]]


def operations() -> list[str]:
    """`METHOD path` of the whole document but for the stream."""
    program = os.environ.get("SELFSAME_PROGRAM")
    assert program, "SELFSAME_PROGRAM has to name the built program"
    text = subprocess.run([program, "openapi"], check=True, capture_output=True).stdout
    return [
        f"{method.upper()} {path}"
        for path, item in json.loads(text)["paths"].items()
        for method in item
        if method in METHODS and path != STREAM
    ]


def begin(service: Service, folder: Path, name: str, chosen: list[str]) -> subprocess.Popen[bytes]:
    """Starts a run whose user has that name."""
    token = verified_token(service, name)
    line = [str(SCHEMATHESIS), "--config-file", str(CONFIGURATION), "run"]
    line += [f"{service.url}/openapi.json", "--header", f"Authorization: Bearer {token}", *chosen]
    line += ["--seed", SEED, "--max-examples", EXAMPLES, "--workers", "1"]
    line += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure"]
    line += ["--checks", ",".join(CHECKS), "--suppress-health-check", "all"]
    line += ["--request-timeout", "10"]
    line += ["--report", "junit", "--report-junit-path", str(folder / f"{name}.xml")]
    with (folder / f"{name}.log").open("wb") as log:
        # It leaves notes in the current folder, and would begin with what failed there before.
        return subprocess.Popen(line, stdout=log, stderr=log, cwd=folder)


@pytest.fixture(scope="module")
def report(program: Path) -> Iterator[Report]:
    """Runs all requests once; the tests look at what came of them."""
    statuses: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        with Service(program, folder, UNLIMITED) as service:
            for part in (AT_ONCE, LAST):
                runs = {name: begin(service, folder, name, chosen) for name, chosen in part.items()}
                statuses |= {name: run.wait() for name, run in runs.items()}
        logs = {name: (folder / f"{name}.log").read_text(errors="replace") for name in statuses}
        faults: dict[str, list[str]] = {}
        for file in folder.glob("*.xml"):
            for case in ElementTree.parse(file).iter("testcase"):
                wrong = [*case.iter("failure"), *case.iter("error"), *case.iter("skipped")]
                texts = [f"{each.get('message', '')} {each.text or ''}" for each in wrong]
                faults.setdefault(case.get("name", ""), []).extend(texts)
        yield Report(statuses, logs, faults)


@pytest.mark.parametrize("operation", operations())
def test_an_operation_keeps_what_the_document_says(report: Report, operation: str) -> None:
    assert operation in report.faults, "it was not tested"
    assert not report.faults[operation], "\n".join(report.faults[operation])


@pytest.mark.parametrize("run", [*AT_ONCE, *LAST])
def test_a_run_ends_without_a_fault(report: Report, run: str) -> None:
    assert report.statuses[run] == 0, report.logs[run][-20_000:]
