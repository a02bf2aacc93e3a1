"""Colour profiles: of wide gamuts, from the figures of their standards; of a press, from Debian."""

import pathlib
import struct

# Debian's libgs-common: inks of an offset press, as tables.
CMYK = pathlib.Path("/usr/share/color/icc/ghostscript/default_cmyk.icc")

# x, y of red, green, blue and white; the exponent of the curve, None for that of sRGB.
SPACES = {
    "Display P3": (
        (0.680, 0.320),
        (0.265, 0.690),
        (0.150, 0.060),
        (0.3127, 0.3290),
        None,
    ),  # SMPTE EG 432-1
    "Adobe RGB": (
        (0.640, 0.330),
        (0.210, 0.710),
        (0.150, 0.060),
        (0.3127, 0.3290),
        563 / 256,
    ),  # Adobe RGB (1998)
    "ProPhoto": (
        (0.734699, 0.265301),
        (0.159597, 0.840403),
        (0.036598, 0.000105),
        (0.345704, 0.358540),
        1.8,
    ),  # ISO 22028-2
}

D50 = (0.9642, 1.0, 0.8249)
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


def rgb(name: str) -> bytes:
    """An ICC.1:2001 matrix profile."""
    import numpy

    *primaries, white, gamma = SPACES[name]
    columns = numpy.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    source = numpy.array((white[0] / white[1], 1.0, (1 - white[0] - white[1]) / white[1]))
    columns = columns * numpy.linalg.solve(columns, source)
    cone = numpy.array(BRADFORD)
    adapted = numpy.linalg.inv(cone) @ numpy.diag(cone @ D50 / (cone @ source)) @ cone @ columns
    curve = (
        _srgb_curve()
        if gamma is None
        else b"curv" + bytes(4) + struct.pack(">IH2x", 1, round(gamma * 256))
    )
    tags = {
        b"desc": _description(name),
        b"cprt": b"text" + bytes(4) + b"none\0\0\0\0",
        b"wtpt": _xyz(D50),
    }
    for tag, column in zip((b"r", b"g", b"b"), adapted.T, strict=True):
        tags[tag + b"XYZ"], tags[tag + b"TRC"] = _xyz(column), curve
    return _file(tags)


def _srgb_curve() -> bytes:
    """IEC 61966-2-1 at 4096 points."""
    at = (index / 4095 for index in range(4096))
    light = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in at
    )
    return (
        b"curv"
        + bytes(4)
        + struct.pack(">I4096H", 4096, *(round(value * 65535) for value in light))
    )


def _xyz(values) -> bytes:
    return (
        b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in values))
    )


def _description(name: str) -> bytes:
    text = name.encode() + b"\0"
    data = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    return data + bytes(-len(data) % 4)


def _file(tags: dict[bytes, bytes]) -> bytes:
    offset, table, data = 132 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(data), len(content))
        data += content
    head = (
        struct.pack(">I4xI", offset + len(data), 0x02100000)
        + b"mntrRGB XYZ "
        + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    )
    head += (
        b"acsp"
        + bytes(28)
        + struct.pack(">3i", *(round(value * 65536) for value in D50))
        + bytes(48)
    )
    return head + struct.pack(">I", len(tags)) + table + data
