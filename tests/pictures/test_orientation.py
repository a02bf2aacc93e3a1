"""All eight EXIF orientations, set by exiftool and Pillow, against what Pillow makes of them."""

import io
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image, ImageOps

from pipeline import convert, encoded

SIZES = [(96, 64), (97, 61), (1203, 900)]


def stored(size: tuple[int, int]) -> Image.Image:
    """Quadrants in four colours, each shaded towards a corner: its eight turns all differ."""
    picture = Image.new("RGB", size)
    half = (size[0] // 2, size[1] // 2)
    for index, colour in enumerate([(220, 40, 40), (40, 200, 60), (50, 60, 220), (230, 230, 230)]):
        at = (index % 2 * half[0], index // 2 * half[1])
        picture.paste(
            colour, (*at, size[0] if index % 2 else half[0], size[1] if index // 2 else half[1])
        )
    shade = Image.linear_gradient("L").resize(size)
    return Image.composite(
        picture, Image.new("RGB", size), shade.point(lambda value: 160 + value * 95 // 255)
    )


def by_exiftool(file: bytes, suffix: str, orientation: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, f"picture.{suffix}")
        path.write_bytes(file)
        subprocess.run(
            ["exiftool", "-q", "-overwrite_original", "-n", f"-Orientation={orientation}", path],
            check=True,
        )
        return path.read_bytes()


def by_pillow(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def turned(size: tuple[int, int], orientation: int) -> dict[str, bytes]:
    picture = stored(size)
    return {
        "jpeg": by_exiftool(
            encoded(picture, "JPEG", quality=95, subsampling=0), "jpg", orientation
        ),
        "jpeg-420": by_exiftool(
            encoded(picture, "JPEG", quality=95, subsampling=2), "jpg", orientation
        ),
        "jpeg-progressive": by_exiftool(
            encoded(picture, "JPEG", quality=95, progressive=True), "jpg", orientation
        ),
        "jpeg-pillow": encoded(picture, "JPEG", quality=95, exif=by_pillow(orientation)),
        "png": by_exiftool(encoded(picture, "PNG"), "png", orientation),
        "png-alpha": encoded(
            picture.convert("RGBA").point(lambda value: min(value, 254)),
            "PNG",
            exif=by_pillow(orientation),
        ),
        "webp": encoded(picture, "WEBP", lossless=True, exif=by_pillow(orientation)),
    }


def expected(file: bytes, part: str, size: tuple[int, int]) -> Image.Image:
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    if part == "thumbnail":
        side = min(upright.size)
        left, top = (upright.width - side) // 2, (upright.height - side) // 2
        upright = upright.crop((left, top, left + side, top + side))
    return upright.resize(size, Image.Resampling.LANCZOS)


def test_every_pixel_of_every_output_is_where_it_belongs() -> None:
    files = {
        f"{kind}-{size[0]}-{value}": file
        for size in SIZES
        for value in range(1, 9)
        for kind, file in turned(size, value).items()
    }
    assert len(files) == 7 * 3 * 8
    for name, outputs in convert(files).items():
        for part, seen in outputs.items():
            wanted = numpy.asarray(expected(files[name], part, seen.size), float)
            off = numpy.abs(numpy.asarray(seen.convert("RGB"), float) - wanted)
            assert off.mean() < 6, f"{name} {part}"


def test_a_wrong_turn_would_be_seen() -> None:
    """The control: any two turns of the test picture differ by far more than is let pass."""
    turns = [
        ImageOps.exif_transpose(
            Image.open(io.BytesIO(encoded(stored((96, 96)), "PNG", exif=by_pillow(value))))
        )
        for value in range(1, 9)
    ]
    for index, one in enumerate(turns):
        for other in turns[:index]:
            off = numpy.abs(numpy.asarray(one, float) - numpy.asarray(other, float))
            assert off.mean() > 20
