"""Fixtures of all tests that drive the built program."""

import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from harness.certificates import Certificate, self_signed
from harness.service import CHEAP_HASHES, MakeService, Service, kill_all

FIGURES = pytest.StashKey[list[str]]()
# What a failed test shows of the program's log, in characters.
LOG_END = 20_000


def pytest_configure(config: pytest.Config) -> None:
    """The list that `report_figure` fills."""
    config.stash[FIGURES] = []


@pytest.fixture(scope="session")
def program() -> Path:
    """The built program, where SELFSAME_PROGRAM says. Without that the tests fail."""
    found = os.environ.get("SELFSAME_PROGRAM")
    assert found, "SELFSAME_PROGRAM has to name the built program"
    return Path(found).resolve(strict=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the test, with a short path, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@pytest.fixture
def certificate(folder: Path) -> Certificate:
    """`cert.pem` and `key.pem` for localhost in the test's folder."""
    return self_signed(folder)


@pytest.fixture
def make_mail_service(program: Path, folder: Path, certificate: Certificate) -> MakeService:
    """Makes the program with a sender, which trusts the certificate of the test's SMTP server.

    Keyword arguments are further settings. Called twice, it makes two programs on one store.
    """
    base = {
        **CHEAP_HASHES,
        "SSL_CERT_FILE": str(certificate.certificate),
        "EMAIL_FROM": "Acme <id@acme.example>",
    }
    return lambda **settings: Service(program, folder, {**base, **settings})


@pytest.fixture
def report_figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a measurement at the end of the run, also where the test passes."""
    figures = request.config.stash[FIGURES]
    return lambda text: figures.append(f"{request.node.name}: {text}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows the log of the program below a failure, before the folder is deleted."""
    report = yield
    if report.failed:
        arguments = getattr(item, "funcargs", {})
        folders = [value for value in arguments.values() if isinstance(value, Path)]
        folders += [value.folder for value in arguments.values() if isinstance(value, Service)]
        for log in sorted({folder / "log" for folder in folders}):
            if log.is_file():
                report.sections.append((str(log), log.read_text(errors="replace")[-LOG_END:]))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that tests have reported."""
    figures = terminalreporter.config.stash[FIGURES]
    if figures:
        terminalreporter.write_sep("-", "figures")
        for figure in figures:
            terminalreporter.write_line(figure)


def pytest_sessionfinish() -> None:
    """Ends what a failure has left behind."""
    kill_all()
