"""Runs pictures through the program and gives their outputs."""

import io
import os
import pathlib
import subprocess
import tempfile
from typing import Any

from PIL import Image

PARTS = ("original", "medium", "thumbnail")


def run(inputs: pathlib.Path, outputs: pathlib.Path) -> None:
    """Runs all files of a folder through the picture crate's example `outputs`.

    SELFSAME_IMAGE_OUTPUTS says where the built example is.
    """
    program = os.environ.get("SELFSAME_IMAGE_OUTPUTS")
    assert program, "SELFSAME_IMAGE_OUTPUTS has to name the built example `outputs`"
    done = subprocess.run([program, inputs, outputs], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def convert(pictures: dict[str, bytes]) -> dict[str, dict[str, Image.Image]]:
    """`{name: file}` becomes `{name: {part: picture}}`."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = (pathlib.Path(folder, part) for part in ("in", "out"))
        inputs.mkdir(), outputs.mkdir()
        for name, file in pictures.items():
            (inputs / f"{name}.bin").write_bytes(file)
        run(inputs, outputs)
        return {name: {part: load(outputs, name, part) for part in PARTS} for name in pictures}


def load(outputs: pathlib.Path, name: str, part: str) -> Image.Image:
    """One output, decoded."""
    (path,) = outputs.glob(f"{name}.{part}.*")
    picture = Image.open(io.BytesIO(path.read_bytes()))
    picture.load()
    return picture


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    """A file of that format."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()
