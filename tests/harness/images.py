"""Small pictures without an imaging library."""

import random
import struct
import zlib


def noise_png(side: int, seed: int) -> bytes:
    """A PNG of `side` x `side` pixels of noise.

    Noise does not compress, so that 32 x 32 pixels exceed the smallest upload that is accepted.
    """
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
