//! PNG chunks (W3C PNG, third edition) up to the first image data, and whether those are whole.

use std::borrow::Cow;

use super::{Header, Inspected, Shape, check_density, check_size, unpack};
use crate::cursor::Cursor;
use crate::error::{DAMAGED, Measure, PictureError};
use crate::format::Format;
use crate::limits::{Limits, at_most};
use crate::orientation::{self, Orientation};

/// The most a deflate stream can expand (zlib technical details: 1032 : 1), in rounded-up bytes.
const DEFLATE_RATIO: u64 = 1_040;

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Inspected<'a>, PictureError> {
    let mut at = Cursor::new(bytes);
    at.take(8)?;
    let (kind, data) = chunk(&mut at)?;
    if kind != *b"IHDR" {
        return Err(DAMAGED);
    }
    let frame = Frame::parse(data, limits)?;
    check_density(frame.pixels(), bytes.len(), frame.pixels_per_byte())?;
    let (mut orientation, mut profile) = (Orientation::default(), None);
    loop {
        match chunk_head(&mut at)? {
            (b"IDAT", length) => break complete(at, length)?,
            (b"eXIf", length) => orientation = orientation::read(body(&mut at, length)?),
            (b"iCCP", length) if profile.is_none() => {
                profile = colour_profile(body(&mut at, length)?, limits)?;
            }
            // The decoder counts on whole entries.
            (b"PLTE", length) if !(3..=768).contains(&length) || length % 3 != 0 => {
                return Err(DAMAGED);
            }
            (_, length) => {
                body(&mut at, length)?;
            }
        }
    }
    let shape = Shape::Png {
        deep: frame.depth == 16,
        interlaced: frame.interlaced,
        channels: frame.channels(),
    };
    let header = Header {
        format: Format::Png,
        width: frame.size.0,
        height: frame.size.1,
        orientation,
        shape,
    };
    Ok(Inspected { header, profile: profile.map(Cow::Owned) })
}

fn chunk_head<'a>(at: &mut Cursor<'a>) -> Result<(&'a [u8; 4], usize), PictureError> {
    let length = usize::try_from(at.u32_be()?).map_err(|_| DAMAGED)?;
    let kind = at.take(4)?.first_chunk().ok_or(DAMAGED)?;
    Ok((kind, length))
}

/// Chunks from the first data on; a writer that makes one for every kilobyte needs a sixth.
const MOST_CHUNKS: usize = 65_536;

/// Whether the data that follow come to an end, before anything is spent on their beginning.
fn complete(mut at: Cursor<'_>, mut length: usize) -> Result<(), PictureError> {
    for _ in 0..MOST_CHUNKS {
        body(&mut at, length)?;
        match chunk_head(&mut at)? {
            (b"IEND", _) => return Ok(()),
            (_, next) => length = next,
        }
    }
    Err(PictureError::Invalid("it is in too many parts"))
}

/// The data of a chunk; its checksum is left to the decoder.
fn body<'a>(at: &mut Cursor<'a>, length: usize) -> Result<&'a [u8], PictureError> {
    let data = at.take(length)?;
    at.take(4)?;
    Ok(data)
}

fn chunk<'a>(at: &mut Cursor<'a>) -> Result<([u8; 4], &'a [u8]), PictureError> {
    let (kind, length) = chunk_head(at)?;
    Ok((*kind, body(at, length)?))
}

/// `iCCP`: a name, a zero, a zero for deflate, then the packed profile. A damaged one is as good as
/// none.
fn colour_profile(data: &[u8], limits: &Limits) -> Result<Option<Vec<u8>>, PictureError> {
    at_most(Measure::ColourProfile, data.len() as u64, limits.colour_profile as u64)?;
    let packed = data.iter().position(|byte| *byte == 0).and_then(|end| data.get(end + 2..));
    match packed.map(|packed| unpack(packed, limits.colour_profile)) {
        Some(Err(error @ PictureError::TooLarge { .. })) => Err(error),
        unpacked => Ok(unpacked.and_then(Result::ok)),
    }
}

struct Frame {
    size: (u32, u32),
    depth: u8,
    colour: u8,
    interlaced: bool,
}

impl Frame {
    fn parse(data: &[u8], limits: &Limits) -> Result<Self, PictureError> {
        let mut at = Cursor::new(data);
        let size = (at.u32_be()?, at.u32_be()?);
        let [depth, colour, _compression, _filter, interlace] = at.array()?;
        let pixels = if depth == 16 { limits.deep_pixels } else { limits.pixels };
        check_size(size, pixels, limits)?;
        if !matches!(depth, 1 | 2 | 4 | 8 | 16) || !matches!(colour, 0 | 2 | 3 | 4 | 6) {
            return Err(DAMAGED);
        }
        Ok(Self { size, depth, colour, interlaced: interlace != 0 })
    }

    fn pixels(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }

    const fn channels(&self) -> u8 {
        match self.colour {
            0 => 1,
            4 => 2,
            2 => 3,
            // A palette may have transparent entries; 4 is what it needs at most.
            _ => 4,
        }
    }

    fn pixels_per_byte(&self) -> u64 {
        let samples = if self.colour == 3 { 1 } else { u64::from(self.channels()) };
        (DEFLATE_RATIO * 8).div_ceil(samples * u64::from(self.depth))
    }
}
