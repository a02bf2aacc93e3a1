//! Making and reading small pictures.

use std::io::Cursor;

use png::{BitDepth, ColorType};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use crate::process::run;
use crate::{Encoded, Limits, Outputs, PictureError, Recipe};

pub(super) const RED: [u8; 3] = [220, 20, 30];
pub(super) const GREEN: [u8; 3] = [20, 200, 40];
pub(super) const BLUE: [u8; 3] = [30, 40, 210];
pub(super) const WHITE: [u8; 3] = [250, 250, 250];

/// A file of `tests/pictures`.
macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/", $name)).as_slice()
    };
}
pub(super) use sample;

/// One file of each kind that decodes by its own path.
pub(super) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let file = |name, bytes: &[u8]| (name, bytes.to_vec());
    vec![
        file("4:4:4 JPEG", sample!("baseline-444.jpg")),
        file("4:2:2 JPEG", sample!("baseline-422.jpg")),
        file("4:2:0 JPEG", sample!("baseline-420.jpg")),
        file("progressive JPEG", sample!("progressive.jpg")),
        file("grey JPEG", sample!("grey.jpg")),
        file("CMYK JPEG", sample!("cmyk.jpg")),
        file("YCCK JPEG", sample!("ycck.jpg")),
        file("animated GIF", sample!("animated.gif")),
        file("animated WebP", sample!("animated.webp")),
        file("lossy WebP", sample!("lossy.webp")),
        file("lossy WebP with alpha", sample!("lossy-alpha.webp")),
        file("interlaced PNG", sample!("interlaced.png")),
        ("RGB PNG", png(40, 30, ColorType::Rgb, BitDepth::Eight, &quadrants(40, 30).concat())),
        ("lossless WebP", webp(40, 30, &rgba(40, 30))),
    ]
}

pub(super) fn make(bytes: &[u8], recipe: &Recipe) -> Result<Outputs, PictureError> {
    run(bytes, &Limits::default(), recipe)
}

pub(super) fn outputs(bytes: &[u8]) -> Outputs {
    make(bytes, &Recipe::default()).unwrap()
}

/// Red, green, blue and white, from the top left by rows.
pub(super) fn quadrants(width: usize, height: usize) -> Vec<[u8; 3]> {
    let colour = |x, y| match (x * 2 < width, y * 2 < height) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    };
    (0..height).flat_map(|y| (0..width).map(move |x| colour(x, y))).collect()
}

/// The quadrants, with alpha rising from left to right and none in the first column.
pub(super) fn rgba(width: usize, height: usize) -> Vec<u8> {
    let alpha = |index: usize| (index % width * 255 / (width - 1)) as u8;
    let pixels = quadrants(width, height).into_iter().enumerate();
    pixels.flat_map(|(index, [r, g, b])| [r, g, b, alpha(index)]).collect()
}

pub(super) fn png(
    width: u32,
    height: u32,
    colour: ColorType,
    depth: BitDepth,
    data: &[u8],
) -> Vec<u8> {
    png_with(width, height, colour, depth, data, |_| {})
}

pub(super) fn png_with(
    width: u32,
    height: u32,
    colour: ColorType,
    depth: BitDepth,
    data: &[u8],
    set: impl FnOnce(&mut png::Info<'_>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(width, height);
    info.color_type = colour;
    info.bit_depth = depth;
    set(&mut info);
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

pub(super) fn quadrant_png(width: u32, height: u32) -> Vec<u8> {
    let pixels = quadrants(width as usize, height as usize).concat();
    png(width, height, ColorType::Rgb, BitDepth::Eight, &pixels)
}

/// The quadrants as a JPEG of this crate's own encoder.
pub(super) fn quadrant_jpeg(width: u32, height: u32) -> Vec<u8> {
    outputs(&quadrant_png(width, height)).original.bytes
}

pub(super) fn webp(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    webp_with(width, height, rgba, |_| {})
}

pub(super) fn webp_with(
    width: u32,
    height: u32,
    rgba: &[u8],
    set: impl FnOnce(&mut image_webp::WebPEncoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut bytes);
    set(&mut encoder);
    encoder.encode(rgba, width, height, image_webp::ColorType::Rgba8).unwrap();
    bytes
}

/// Puts a segment behind the start of a JPEG.
pub(super) fn with_segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, marker]);
    bytes.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
    bytes.extend(data);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A TIFF structure with an orientation, big-endian or not, and a place to find again.
pub(super) fn exif(orientation: u16, big: bool) -> Vec<u8> {
    let u16_of = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let u32_of = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut bytes = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    bytes.extend(u32_of(8));
    bytes.extend(u16_of(2));
    for (tag, kind, count, value) in [(0x010f, 2, 15, [38, 0]), (0x0112, 3, 1, [orientation, 0])] {
        bytes.extend(u16_of(tag));
        bytes.extend(u16_of(kind));
        bytes.extend(u32_of(count));
        bytes.extend(value.map(u16_of).concat());
    }
    bytes.extend(u32_of(0));
    bytes.extend(b"SECRET-LOCATION");
    bytes
}

pub(super) fn with_exif(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    with_segment(
        jpeg,
        0xe1,
        &[b"Exif\0\0".as_slice(), &exif(orientation, orientation.is_multiple_of(2))].concat(),
    )
}

/// An output as RGBA.
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgba: Vec<[u8; 4]>,
}

impl Pixels {
    pub(super) fn of(encoded: &Encoded) -> Self {
        let rgba = match encoded.mime {
            "image/jpeg" => jpeg_pixels(&encoded.bytes),
            _ => webp_pixels(&encoded.bytes),
        };
        let (width, height) = (encoded.width as usize, encoded.height as usize);
        assert_eq!(rgba.len(), width * height * 4, "the file has the size it is said to have");
        Self { width, height, rgba: rgba.as_chunks().0.to_vec() }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> [u8; 4] {
        self.rgba[y * self.width + x]
    }

    /// The colours in the middles of the quadrants.
    pub(super) fn quadrants(&self) -> [[u8; 3]; 4] {
        let (left, right) = (self.width / 4, self.width - 1 - self.width / 4);
        let (top, bottom) = (self.height / 4, self.height - 1 - self.height / 4);
        [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| {
            let [r, g, b, _] = self.at(x, y);
            [r, g, b]
        })
    }
}

fn jpeg_pixels(bytes: &[u8]) -> Vec<u8> {
    let options =
        DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGBA).set_strict_mode(true);
    zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode().unwrap()
}

fn webp_pixels(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).unwrap();
    assert!(decoder.has_alpha());
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut pixels).unwrap();
    pixels
}

#[track_caller]
pub(super) fn assert_near(seen: &[u8], expected: &[u8], tolerance: u8) {
    assert_eq!(seen.len(), expected.len());
    let near = seen.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= tolerance);
    assert!(near, "{seen:?} is not within {tolerance} of {expected:?}");
}
