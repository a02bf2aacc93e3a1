"""CMYK and wide-gamut pictures beside LittleCMS, as CIEDE2000 differences."""

import io
from collections.abc import Callable

import numpy
import pytest
from PIL import Image, ImageCms
from skimage import color, data

import profiles
from pipeline import convert, encoded

CELL = 32
AssertClose = Callable[[str, numpy.ndarray, float, float], None]


def chart(levels: int, channels: int) -> Image.Image:
    """Each combination of levels as a flat cell, which JPEG's coding leaves as it is."""
    steps = numpy.linspace(0, 255, levels).round().astype(numpy.uint8)
    cells = numpy.stack(numpy.meshgrid(*[steps] * channels, indexing="ij"), -1).reshape(
        -1, channels
    )
    across = int(numpy.ceil(len(cells) ** 0.5))
    padded = numpy.resize(cells, (across * (-(-len(cells) // across)), channels)).reshape(
        -1, across, channels
    )
    return Image.fromarray(
        padded.repeat(CELL, 0).repeat(CELL, 1), "RGB" if channels == 3 else "CMYK"
    )


def reference(
    picture: Image.Image, profile: bytes, intent=ImageCms.Intent.RELATIVE_COLORIMETRIC
) -> Image.Image:
    return ImageCms.profileToProfile(
        picture,
        io.BytesIO(profile),
        ImageCms.createProfile("sRGB"),
        renderingIntent=intent,
        outputMode="RGB",
    )


def cells(picture: Image.Image) -> numpy.ndarray:
    """The mean colour of the middle of each cell."""
    pixels = numpy.asarray(picture.convert("RGB"), float)
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL
    return (
        pixels.reshape(rows, CELL, columns, CELL, 3)[:, 10:-10, :, 10:-10]
        .mean((1, 3))
        .reshape(-1, 3)
    )


def difference(one: numpy.ndarray, other: numpy.ndarray) -> numpy.ndarray:
    return color.deltaE_ciede2000(color.rgb2lab(one / 255), color.rgb2lab(other / 255)).ravel()


def pixels(picture: Image.Image) -> numpy.ndarray:
    return numpy.asarray(picture.convert("RGB"), float)


def photos() -> dict[str, Image.Image]:
    return {
        name: Image.fromarray(getattr(data, name)()).convert("RGB")
        for name in ("astronaut", "chelsea", "coffee")
    }


def lossless(picture: Image.Image, profile: bytes) -> bytes:
    """A nearly opaque PNG, whose output is WebP without loss: what differs then is colour
    conversion alone."""
    picture = picture.copy()
    picture.putalpha(254)
    return encoded(picture, "PNG", icc_profile=profile)


def file_segments(profile: bytes) -> bytes:
    """A profile in JPEG segments (ICC.1:2022, B.4)."""
    parts = [profile[start : start + 65_000] for start in range(0, len(profile), 65_000)]
    heads = (b"ICC_PROFILE\0" + bytes((number, len(parts))) for number in range(1, len(parts) + 1))
    return b"".join(
        b"\xff\xe2" + (len(head + part) + 2).to_bytes(2) + head + part
        for head, part in zip(heads, parts, strict=True)
    )


@pytest.fixture
def assert_close(report_figure: Callable[[str], None]) -> AssertClose:
    """Asserts limits of the mean and the greatest difference, and reports both."""

    def check(name: str, off: numpy.ndarray, mean: float, most: float) -> None:
        p99 = numpy.quantile(off, 0.99)
        figures = f"ΔE2000 {name}: mean {off.mean():.2f}, p99 {p99:.2f}, max {off.max():.2f}"
        report_figure(figures)
        assert off.mean() < mean and off.max() < most, figures

    return check


def test_wide_gamut_photos_are_converted_as_littlecms_does(assert_close: AssertClose) -> None:
    wanted, files = {}, {}
    for space in profiles.SPACES:
        for name, photo in {**photos(), "chart": chart(9, 3)}.items():
            files[f"{space} {name}"] = lossless(photo, profiles.rgb(space))
            wanted[f"{space} {name}"] = reference(photo, profiles.rgb(space))
    for name, outputs in convert(files).items():
        fits = max(outputs["original"].size) == max(wanted[name].size)
        assert fits, "compared without resizing"
        assert_close(name, difference(pixels(outputs["original"]), pixels(wanted[name])), 0.5, 2)


def test_wide_gamut_jpegs_are_converted_as_littlecms_does(assert_close: AssertClose) -> None:
    wanted, files = {}, {}
    for space in profiles.SPACES:
        file = encoded(
            chart(6, 3), "JPEG", quality=100, subsampling=0, icc_profile=profiles.rgb(space)
        )
        files[space], wanted[space] = (
            file,
            reference(Image.open(io.BytesIO(file)), profiles.rgb(space)),
        )
    for name, outputs in convert(files).items():
        assert_close(
            f"{name} JPEG", difference(cells(outputs["original"]), cells(wanted[name])), 0.5, 2
        )


def test_cmyk_with_a_profile_is_converted_as_littlecms_does(assert_close: AssertClose) -> None:
    profile = profiles.CMYK.read_bytes()
    picture = chart(5, 4)
    file = encoded(picture, "JPEG", quality=100, icc_profile=profile)
    assert b"Adobe" in file, "Pillow writes CMYK as Adobe does, inverted"
    wanted = reference(Image.open(io.BytesIO(file)), profile)
    seen = convert({"cmyk": file})["cmyk"]["original"]
    assert_close("CMYK", difference(cells(seen), cells(wanted)), 1, 4)


def test_cmyk_without_a_profile_is_read_as_pillow_does(assert_close: AssertClose) -> None:
    file = encoded(chart(5, 4), "JPEG", quality=100)
    seen, wanted = (
        convert({"cmyk": file})["cmyk"]["original"],
        Image.open(io.BytesIO(file)).convert("RGB"),
    )
    assert_close("CMYK without a profile", difference(cells(seen), cells(wanted)), 0.5, 2)


def test_ycck_is_read_as_libjpeg_does(assert_close: AssertClose) -> None:
    """The same samples with Adobe's mark for YCCK instead of CMYK."""
    file = encoded(chart(5, 4), "JPEG", quality=100)
    mark = file.index(b"Adobe") + 11
    assert file[mark] == 0
    file = file[:mark] + b"\2" + file[mark + 1 :]
    picture = Image.open(io.BytesIO(file))
    assert picture.info["adobe_transform"] == 2
    profile = profiles.CMYK.read_bytes()
    tagged = file[:2] + file_segments(profile) + file[2:]
    for name, sent, wanted in (
        ("YCCK", file, picture.convert("RGB")),
        ("YCCK, profile", tagged, reference(picture, profile)),
    ):
        seen = convert({"ycck": sent})["ycck"]["original"]
        assert_close(name, difference(cells(seen), cells(wanted)), 1, 4)


def test_a_picture_without_conversion_would_be_seen() -> None:
    """The control: leaving the profiles out is off by more than is let pass."""
    for space in profiles.SPACES:
        plain = chart(6, 3)
        off = difference(cells(plain), cells(reference(plain, profiles.rgb(space))))
        assert off.mean() > 1.5, space
        assert off.max() > 5, space
