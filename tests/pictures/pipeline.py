"""Runs pictures through the program and gives their outputs."""

import io
import os
import pathlib
import subprocess
import tempfile

from PIL import Image

PARTS = ("original", "medium", "thumbnail")


def run(inputs: pathlib.Path, outputs: pathlib.Path) -> None:
    done = subprocess.run([os.environ["OUTPUTS"], inputs, outputs], capture_output=True, text=True)
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
    (path,) = outputs.glob(f"{name}.{part}.*")
    picture = Image.open(io.BytesIO(path.read_bytes()))
    picture.load()
    return picture


def encoded(picture: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()
