"""Clients that generators make of the OpenAPI document, and one session with each.

A document that a generator warns about, types that do not hold and answers that a client can't read
are failures. `npm ci` in this folder brings the generator for TypeScript.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from harness.images import noise_png
from harness.service import UNLIMITED, Service

HERE = Path(__file__).parent
# openapi-python-client knows no media types of pictures and of XML, and leaves such answers out.
IGNORED = re.compile(
    r"^WARNING parsing"
    r" (GET /(avatars|original|medium|thumb|aliases|v1/avatars)/|POST /uploads/)"
    r"|Unsupported content_type (image/|application/xml)"
)
COMPLAINT = re.compile(r"^(WARNING|ERROR|Cannot|Unable)|Attempted|Unsupported")
CONFIGURATION = """\
post_hooks: []
project_name_override: selfsame-client
package_name_override: selfsame_client
"""


@pytest.fixture(scope="module")
def service(program: Path) -> Iterator[Service]:
    with tempfile.TemporaryDirectory() as folder:
        with Service(program, Path(folder), UNLIMITED) as started:
            yield started


@pytest.fixture
def document(service: Service, folder: Path) -> Path:
    """The OpenAPI document as the program serves it."""
    status, content = service.call("GET", "/openapi.json")
    assert status == 200
    file = folder / "openapi.json"
    file.write_bytes(content)
    return file


@pytest.fixture
def picture(folder: Path) -> Path:
    file = folder / "avatar.png"
    file.write_bytes(noise_png(64, seed=1))
    return file


def run(line: Sequence[str | Path], environment: dict[str, str] | None = None) -> str:
    """What a command prints; its output is the failure if it fails."""
    done = subprocess.run(line, capture_output=True, text=True, env=environment)
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{line[0]} ended with {done.returncode}: {output}"
    return output


def test_openapi_typescript_and_openapi_fetch(
    service: Service, document: Path, picture: Path, folder: Path
) -> None:
    for name in ("life.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, folder)
    modules = HERE / "node_modules"
    (folder / "node_modules").symlink_to(modules)
    run([modules / ".bin/openapi-typescript", document, "--output", folder / "schema.d.ts"])
    run([modules / ".bin/tsc", "--project", folder])
    output = run(["node", folder / "made/life.js", service.url, picture])
    assert output.startswith("openapi-typescript: registered"), output


def test_openapi_python_client(
    service: Service, document: Path, picture: Path, folder: Path
) -> None:
    configuration = folder / "config.yml"
    configuration.write_text(CONFIGURATION)
    generator = Path(sys.executable).with_name("openapi-python-client")
    line = [generator, "generate", "--path", document, "--output-path", folder / "python"]
    output = run([*line, "--config", configuration])
    complaints = [
        text for text in output.splitlines() if COMPLAINT.search(text) and not IGNORED.search(text)
    ]
    assert not complaints, output
    environment = {"PYTHONPATH": str(folder / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    output = run([sys.executable, HERE / "life.py", service.url, picture], environment)
    assert output.startswith("openapi-python-client: registered"), output
