"""Fixtures of the tests of events."""

from pathlib import Path

import pytest

from harness.ports import free_port
from harness.service import (
    CHEAP_HASHES,
    IMMEDIATE_REGISTRATION,
    UNLIMITED,
    MakeService,
    Service,
)


@pytest.fixture
def make_service(program: Path, folder: Path) -> MakeService:
    """Makes the program; keyword arguments are further settings.

    On a port of its own, because the load goes on while it is killed and started again.
    """
    base = {**CHEAP_HASHES, **IMMEDIATE_REGISTRATION, **UNLIMITED, "LOG_LEVEL": "info"}
    return lambda **settings: Service(program, folder, {**base, **settings}, free_port())
