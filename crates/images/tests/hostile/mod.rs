//! Files made to cost more than they are worth.
#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::trivially_copy_pass_by_ref,
    reason = "test files of known sizes; the names of chunks are passed as they are written, b\"IDAT\""
)]

/// How a hostile file must be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    TooLarge,
    Invalid,
}

/// Small files that ask for much: what each is, its bytes, how it is refused.
pub(crate) fn hostile_files() -> Vec<(&'static str, Vec<u8>, Refusal)> {
    use Refusal::{Invalid, TooLarge};
    vec![
        ("JPEG header of 60000 x 60000", jpeg_of(0xc0, 60_000, 60_000, 693), TooLarge),
        ("JPEG header of 16384 x 16384", jpeg_of(0xc0, 16_384, 16_384, 693), TooLarge),
        ("JPEG header of 8000 x 8000", jpeg_of(0xc0, 8_000, 8_000, 693), Invalid),
        (
            "JPEG header of 8000 x 8000 with empty data",
            jpeg_of(0xc0, 8_000, 8_000, 300_000),
            Invalid,
        ),
        ("progressive JPEG header of 6300 x 6300", jpeg_of(0xc2, 6_300, 6_300, 693), Invalid),
        ("progressive JPEG of thousands of scans", scan_bomb(), TooLarge),
        ("JPEG with a profile of megabytes", profile_jpeg(), TooLarge),
        ("PNG header of 2^31 x 2^31", png_of(1 << 31, 1 << 31, 8), TooLarge),
        ("PNG header of 6300 x 6300", png_of(6_300, 6_300, 8), Invalid),
        ("PNG header of 5000 x 5000 with 16 bits", png_of(5_000, 5_000, 16), TooLarge),
        ("PNG with a packed profile of a gigabyte", png_bomb(), TooLarge),
        ("GIF screen of 65535 x 65535", gif_of((65_535, 65_535), (1, 1)), TooLarge),
        ("GIF frame of 65535 x 65535", gif_of((1, 1), (65_535, 65_535)), TooLarge),
        ("GIF frame of 6300 x 6300", gif_of((1, 1), (6_300, 6_300)), Invalid),
        (
            "GIF of extensions only",
            [gif_of((9, 9), (9, 9))[..13].to_vec(), [0x21, 0xfe, 1, 0, 0].repeat(500_000)].concat(),
            Invalid,
        ),
        ("lossless WebP of 16384 x 16384", lossless_webp(16_384, 16_384), TooLarge),
        ("lossless WebP of 6300 x 6300", lossless_webp(6_300, 6_300), Invalid),
        ("lossy WebP of 16383 x 16383", lossy_webp(16_383, 16_383), TooLarge),
        ("lossy WebP of 6300 x 6300", lossy_webp(6_300, 6_300), Invalid),
        ("WebP canvas of 2^24 x 2^24", extended_webp(1 << 24, 1 << 24), TooLarge),
        ("WebP canvas unlike its frame", extended_webp(6_300, 6_300), Invalid),
    ]
}

/// A JPEG with all its headers and then one bits, which are no picture, up to a length.
fn jpeg_of(frame: u8, width: u16, height: u16, length: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    let mut segment = |marker: u8, data: &[u8]| {
        bytes.extend([0xff, marker]);
        bytes.extend((data.len() as u16 + 2).to_be_bytes());
        bytes.extend(data);
    };
    segment(0xdb, &[&[0_u8][..], &[1; 64]].concat());
    let [h, w] = [height, width].map(u16::to_be_bytes);
    segment(frame, &[8, h[0], h[1], w[0], w[1], 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
    for class in [0x00, 0x10] {
        segment(0xc4, &[&[class, 0, 1][..], &[0; 14], &[0]].concat());
    }
    let end = if frame == 0xc2 { 0 } else { 63 };
    segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, end, 0]);
    let fill = length.saturating_sub(bytes.len() + 2);
    bytes.extend(std::iter::repeat_n([0xff, 0], fill / 2).flatten());
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn scan_bomb() -> Vec<u8> {
    let mut bytes = jpeg_of(0xc2, 2_000, 2_000, 100_000);
    bytes.truncate(bytes.len() - 2);
    for _ in 0..5_000 {
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 1, 5, 0, 0x80, 0x80]);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn profile_jpeg() -> Vec<u8> {
    let part = [&[0xff, 0xe2, 0xff, 0xff][..], b"ICC_PROFILE\0\x01\xff", &vec![7; 65_519]].concat();
    let jpeg = jpeg_of(0xc0, 16, 16, 693);
    [&jpeg[..2], &part.repeat(40), &jpeg[2..]].concat()
}

fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checked = [kind.as_slice(), data].concat();
    let mut crc = !0_u32;
    for byte in &checked {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [&(data.len() as u32).to_be_bytes()[..], &checked, &(!crc).to_be_bytes()].concat()
}

fn png_head(width: u32, height: u32, depth: u8) -> Vec<u8> {
    let [w, h] = [width, height].map(u32::to_be_bytes);
    let head = [&w[..], &h, &[depth, 6, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &png_chunk(b"IHDR", &head)].concat()
}

fn png_of(width: u32, height: u32, depth: u8) -> Vec<u8> {
    [
        png_head(width, height, depth),
        png_chunk(b"IDAT", &[0x78, 0x9c, 3, 0]),
        png_chunk(b"IEND", &[]),
    ]
    .concat()
}

/// 64 MiB of zeros, packed 1000 to 1.
fn packed() -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 64 << 20], 9)
}

/// Good pictures with much behind them that no picture needs: what each is, its bytes.
pub(crate) fn overfull_files() -> Vec<(&'static str, Vec<u8>)> {
    let packed = packed();
    let head = png_head(9, 9, 8);
    let pixels = miniz_oxide::deflate::compress_to_vec_zlib(&[0; 9 * 37], 9);
    let [data, end] = [png_chunk(b"IDAT", &pixels), png_chunk(b"IEND", &[])];
    let text = png_chunk(b"zTXt", &[b"bomb\0\0".as_slice(), &packed].concat());
    let international = png_chunk(b"iTXt", &[b"bomb\0\x01\0\0\0".as_slice(), &packed].concat());
    let frame = gif_of((1, 1), (1, 1));
    let (screen, frame) = (frame[..19].to_vec(), frame[19..frame.len() - 1].to_vec());
    vec![
        (
            "PNG whose data go on for 64 MiB",
            [&head[..], &png_chunk(b"IDAT", &packed), &end].concat(),
        ),
        ("PNG with 64 MiB of packed text", [&head[..], &text, &data, &end].concat()),
        (
            "PNG with 64 MiB of packed text behind its data",
            [&head[..], &data, &text, &end].concat(),
        ),
        (
            "PNG with 64 MiB of international text",
            [&head[..], &international, &data, &end].concat(),
        ),
        (
            "PNG of empty parts",
            [&head[..], &png_chunk(b"IDAT", &[]).repeat(700_000), &data, &end].concat(),
        ),
        ("endless GIF", [&screen[..], &frame.repeat(400_000)].concat()),
    ]
}

/// Zeros packed 1000 to 1.
pub(crate) fn png_bomb() -> Vec<u8> {
    let profile = [b"bomb\0\0".as_slice(), &packed()].concat();
    [
        png_head(9, 9, 8),
        png_chunk(b"iCCP", &profile),
        png_chunk(b"IDAT", &[]),
        png_chunk(b"IEND", &[]),
    ]
    .concat()
}

fn gif_of(screen: (u16, u16), frame: (u16, u16)) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend([screen.0, screen.1].map(u16::to_le_bytes).concat());
    bytes.extend([0x80, 0, 0, 0, 0, 0, 9, 9, 9, 0x2c, 0, 0, 0, 0]);
    bytes.extend([frame.0, frame.1].map(u16::to_le_bytes).concat());
    bytes.extend([0, 2, 2, 0x44, 1, 0, 0x3b]);
    bytes
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    [b"RIFF".as_slice(), &(chunks.len() as u32 + 4).to_le_bytes(), b"WEBP", chunks].concat()
}

fn webp_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [kind.as_slice(), &(data.len() as u32).to_le_bytes(), data].concat()
}

fn lossless_webp(width: u32, height: u32) -> Vec<u8> {
    let bits = ((width - 1) | (height - 1) << 14).to_le_bytes();
    riff(&webp_chunk(b"VP8L", &[&[0x2f][..], &bits, &[0xff; 15]].concat()))
}

fn lossy_webp(width: u16, height: u16) -> Vec<u8> {
    let [w, h] = [width, height].map(u16::to_le_bytes);
    riff(&webp_chunk(b"VP8 ", &[&[0x10, 1, 0, 0x9d, 1, 0x2a][..], &w, &h, &[0; 10]].concat()))
}

fn extended_webp(width: u32, height: u32) -> Vec<u8> {
    let [w, h] = [width - 1, height - 1].map(u32::to_le_bytes);
    let canvas = webp_chunk(b"VP8X", &[&[0; 4][..], &w[..3], &h[..3]].concat());
    riff(&[canvas, lossless_webp(4, 4)[12..].to_vec()].concat())
}
