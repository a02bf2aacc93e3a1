"""What a wrong harness would hide: a program that does not start, or does not end."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import ports
from harness.ports import accepts_connections, free_port
from harness.service import NotRunning, Service
from harness.waiting import wait_until

TESTS = Path(__file__).parent.parent


def fake_program(folder: Path, body: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n")
    path.chmod(0o755)
    return path


def test_a_program_that_ends_before_it_serves_is_named_with_its_log(folder: Path) -> None:
    program = fake_program(folder, "sys.exit('the disk is full')")
    with pytest.raises(NotRunning, match="the disk is full"):
        Service(program, folder).start()


def test_a_program_that_never_says_its_address_is_given_up_and_killed(folder: Path) -> None:
    service = Service(fake_program(folder, "time.sleep(600)"), folder).launch()
    with pytest.raises(NotRunning):
        service.wait_until_serving(0.2)
    assert service.process and service.process.poll() == -9


def test_a_program_that_ignores_sigterm_is_killed(folder: Path) -> None:
    ignores = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    body = f"{ignores}; print('http://127.0.0.1:1', flush=True); time.sleep(600)"
    service = Service(fake_program(folder, body), folder).start()
    with pytest.raises(subprocess.TimeoutExpired):
        service.stop(0.2)
    assert service.process and service.process.poll() == -9


def test_the_environment_of_the_developer_does_not_reach_the_program(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELFSAME_MODE", "production")
    body = "print('http://' + ','.join(sorted(os.environ)), flush=True); time.sleep(600)"
    with Service(fake_program(folder, body), folder, {"SELFSAME_A": "1"}) as service:
        seen = service.url.removeprefix("http://").split(",")
    assert {"LOG_LEVEL", "PATH", "SELFSAME_A"} <= set(seen) and "SELFSAME_MODE" not in seen


def test_waiting_ends_with_the_condition_or_names_it() -> None:
    looks = iter([0, 0, 7])
    assert wait_until("a number", lambda: next(looks), pause=0.001) == 7
    began = time.monotonic()
    with pytest.raises(AssertionError, match="a miracle"):
        wait_until("a miracle", lambda: False, seconds=0.05, pause=0.01)
    assert time.monotonic() - began < 5


def test_no_connection_can_take_a_free_port_and_no_other_process_is_given_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    mine = [free_port() for _ in range(20)]
    assert len(set(mine)) == 20
    for port in mine:
        assert not first <= port <= last
        assert not accepts_connections(port)
    ask = "from harness import ports; ports._candidates = lambda: {}; print(ports.free_port())"
    line = [sys.executable, "-c", ask.format([mine[0], mine[1]])]
    refused = subprocess.run(line, cwd=TESTS, capture_output=True, text=True)
    assert refused.returncode == 1 and "no port" in refused.stderr
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(ports, "_candidates", lambda: [listener.getsockname()[1]])
        with pytest.raises(AssertionError, match="no port"):
            free_port()


@pytest.mark.parametrize("status", [0, 3])
def test_a_command_beside_the_program_finds_it_and_its_status_is_handed_on(
    program: Path, status: int
) -> None:
    script = f"""
import os, sys, urllib.request
assert urllib.request.urlopen(os.environ["SELFSAME_URL"] + "/readyz").status == 200
assert os.path.isdir(os.environ["SELFSAME_DATA"]) and os.environ["SELFSAME_TOKEN"]
sys.exit({status})
"""
    line = [sys.executable, "-m", "harness", "service", str(program), "--"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run([*line, sys.executable, "-c", script], env=environment)
    assert done.returncode == status
