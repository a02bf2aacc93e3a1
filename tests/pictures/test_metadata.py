"""No metadata survives: written by exiftool and Pillow, looked for by exiftool and byte by byte."""

import json
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from pipeline import encoded, run

SECRET = "SECRET-OF-THE-OWNER"

EVERYTHING = [
    *(
        f"-{tag}={SECRET}"
        for tag in (
            "EXIF:Artist",
            "EXIF:Copyright",
            "EXIF:ImageDescription",
            "EXIF:UserComment",
            "EXIF:OwnerName",
            "EXIF:SerialNumber",
            "EXIF:GPSAreaInformation",
            "XMP-dc:Creator",
            "XMP-dc:Description",
            "XMP-photoshop:City",
            "XMP-iptcCore:Location",
            "IPTC:By-line",
            "IPTC:City",
            "IPTC:Caption-Abstract",
            "Comment",
        )
    ),
    "-EXIF:GPSLatitude=52.5163",
    "-EXIF:GPSLatitudeRef=N",
    "-EXIF:GPSLongitude=13.3777",
    "-EXIF:GPSLongitudeRef=E",
    "-EXIF:DateTimeOriginal=2026:01:02 03:04:05",
    "-XMP-exif:GPSLatitude=52.5163",
    "-XMP-xmp:Rating=5",
    "-Photoshop:URL=http://example.org",
    "-Orientation#=1",
    "-EXIF:XResolution=301",
]

# What an output may say of itself: the facts of its coding.
HARMLESS = {
    "ExifTool": {"ExifToolVersion"},
    "System": None,
    "Composite": {"ImageSize", "Megapixels"},
    "File": {
        "FileType",
        "FileTypeExtension",
        "MIMEType",
        "ImageWidth",
        "ImageHeight",
        "EncodingProcess",
        "BitsPerSample",
        "ColorComponents",
        "YCbCrSubSampling",
    },
    "JFIF": {"JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"},
    "RIFF": {"ImageWidth", "ImageHeight", "AlphaIsUsed"},
}


def picture(mode: str) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((90, 70))
    other = ramp.rotate(90, expand=True).resize((90, 70))
    return Image.merge(
        "RGBA", (ramp, other, ramp.transpose(Image.Transpose.ROTATE_180), other)
    ).convert(mode)


def profile() -> bytes:
    """sRGB with a description that must not travel."""
    made = ImageCms.createProfile("sRGB")
    plain = ImageCms.ImageCmsProfile(made).tobytes()
    assert b"s\0R\0G\0B" in plain
    return plain


def text_chunks() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_text("Comment", SECRET * 20, zip=True)
    info.add_itxt("Description", SECRET, lang="en")
    info.add(b"tIME", bytes([7, 234, 1, 2, 3, 4, 5]))
    info.add(b"prVt", SECRET.encode())
    return info


def inputs() -> dict[str, bytes]:
    icc, exif = profile(), Image.Exif()
    exif[0x010E], exif[0x0112] = SECRET, 1
    exif.get_ifd(0x8825)[0x001C] = SECRET.encode()
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a b='{SECRET}'/></x:xmpmeta>".encode()
    all_of = {"icc_profile": icc, "exif": exif, "xmp": xmp}
    made = {}
    for mode in ("L", "RGB", "CMYK"):
        plain = {"icc_profile": icc} if mode == "RGB" else {}
        for progressive in (False, True):
            kind = "progressive" if progressive else "baseline"
            made[f"jpeg-{mode}-{kind}.jpg"] = encoded(
                picture(mode), "JPEG", progressive=progressive, comment=SECRET, **plain
            )
    for mode in ("L", "LA", "RGB", "RGBA", "P"):
        made[f"png-{mode}.png"] = encoded(
            picture(mode),
            "PNG",
            pnginfo=text_chunks(),
            exif=exif,
            icc_profile=None if mode in ("L", "LA") else icc,
            dpi=(301, 301),
        )
    made["gif-plain.gif"] = encoded(picture("P"), "GIF", comment=SECRET)
    clear = picture("P")
    made["gif-transparent.gif"] = encoded(
        clear, "GIF", comment=SECRET, transparency=clear.getpixel((45, 35))
    )
    made["gif-animated.gif"] = encoded(
        picture("P"), "GIF", comment=SECRET, save_all=True, append_images=[picture("L")]
    )
    for mode in ("RGB", "RGBA"):
        for lossless in (False, True):
            made[f"webp-{mode}-{lossless}.webp"] = encoded(
                picture(mode), "WEBP", lossless=lossless, **all_of
            )
    made["webp-animated.webp"] = encoded(
        picture("RGBA"), "WEBP", save_all=True, append_images=[picture("RGB")], **all_of
    )
    return {
        name: file + SECRET.encode() if not name.startswith("webp") else file
        for name, file in made.items()
    }


def exiftool(*arguments: str) -> str:
    done = subprocess.run(["exiftool", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def tags(folder: pathlib.Path) -> dict[str, set[str]]:
    """`Group:Tag` of each file, the unknown ones and those of embedded files too."""
    listed = json.loads(exiftool("-j", "-G0:1", "-a", "-u", "-U", "-ee", str(folder)))
    return {pathlib.Path(file.pop("SourceFile")).name: set(file) for file in listed}


def harmful(tag: str) -> bool:
    *groups, name = tag.split(":")
    allowed = next((HARMLESS[group] for group in reversed(groups) if group in HARMLESS), set())
    return allowed is not None and name not in allowed


class Folders(NamedTuple):
    """Uploads, and what the program made of them."""

    before: pathlib.Path
    after: pathlib.Path


@pytest.fixture(scope="module")
def folders() -> Iterator[Folders]:
    with tempfile.TemporaryDirectory() as folder:
        made = Folders(pathlib.Path(folder, "in"), pathlib.Path(folder, "out"))
        made.before.mkdir(), made.after.mkdir()
        for name, file in inputs().items():
            (made.before / name).write_bytes(file)
        writable = [str(path) for path in made.before.iterdir() if path.suffix in (".jpg", ".png")]
        gifs = map(str, made.before.glob("*.gif"))
        exiftool("-q", "-m", "-overwrite_original", *EVERYTHING, *writable)
        exiftool("-q", "-m", "-overwrite_original", f"-XMP-dc:Creator={SECRET}", *gifs)
        run(made.before, made.after)
        yield made


def test_the_uploads_hold_what_is_looked_for(folders: Folders) -> None:
    """The control: what the other tests look for can be found by how they look."""
    seen = tags(folders.before)
    every = {
        "jpg": {"IFD0", "GPS", "ExifIFD", "XMP", "IPTC", "Photoshop"},
        "png": {"IFD0", "GPS", "XMP", "IPTC", "PNG"},
        "gif": {"XMP", "GIF"},
        "webp": {"IFD0", "GPS", "XMP", "ICC_Profile"},
    }
    for name, found in seen.items():
        groups = {group for tag in found for group in tag.split(":")[:-1]}
        assert every[name.rsplit(".")[-1]] <= groups, name
        assert any(map(harmful, found)), name
    for path in folders.before.iterdir():
        assert SECRET.encode() in path.read_bytes(), path.name


def test_exiftool_finds_nothing_in_any_output(folders: Folders) -> None:
    seen = tags(folders.after)
    assert len(seen) == 3 * len(list(folders.before.iterdir()))
    left = {name: bad for name, found in seen.items() if (bad := sorted(filter(harmful, found)))}
    assert left == {}


def test_no_output_holds_a_byte_of_it(folders: Folders) -> None:
    wanted = [SECRET.encode()[start : start + 7] for start in range(len(SECRET) - 6)]
    for path in folders.after.iterdir():
        content = path.read_bytes()
        for part in [
            *wanted,
            b"Exif",
            b"ICC_PROFILE",
            b"ICCP",
            b"http",
            b"8BIM",
            b"XMP",
            b"s\0R\0G\0B",
        ]:
            assert part not in content, path.name


def test_both_kinds_of_output_are_among_them(folders: Folders) -> None:
    kinds = {path.suffix for path in folders.after.iterdir()}
    assert kinds == {".jpg", ".webp"}
