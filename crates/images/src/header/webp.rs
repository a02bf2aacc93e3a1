//! WebP chunks (RFC 9649).

use std::borrow::Cow;

use super::{Header, Inspected, Shape, check_density, check_size};
use crate::cursor::Cursor;
use crate::error::{DAMAGED, Measure, PictureError, TRUNCATED};
use crate::format::Format;
use crate::limits::{Limits, at_most};
use crate::orientation::{self, Orientation};

/// A macroblock of 256 pixels takes at least 1.6 bits for its modes with the fixed probabilities of
/// a key frame (RFC 6386, section 11): 1,280 pixels a byte, and a margin.
const LOSSY_PIXELS_PER_BYTE: u64 = 4_096;

/// A lossless picture of one colour takes no bits at all, so nothing can be said against a small
/// one; a large one must have more than its headers before memory is spent on it.
const LOSSLESS_PIXELS_PER_BYTE: u64 = 32_768;
const FREE_PIXELS: u64 = 8_000_000;

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Inspected<'a>, PictureError> {
    let mut at = Cursor::new(bytes);
    at.take(4)?;
    let declared = usize::try_from(at.u32_le()?).map_err(|_| DAMAGED)?;
    if at.rest().len() < declared {
        return Err(TRUNCATED);
    }
    at.take(4)?;
    let mut found = Found::default();
    while !at.rest().is_empty() && (found.canvas.is_some() || found.frame.is_none()) {
        let Ok((kind, data)) = chunk(&mut at) else { break };
        found.chunk(kind, data, limits)?;
    }
    found.finish(bytes.len(), limits)
}

/// A chunk's data are padded to an even length.
fn chunk<'a>(at: &mut Cursor<'a>) -> Result<([u8; 4], &'a [u8]), PictureError> {
    let kind = at.array()?;
    let length = usize::try_from(at.u32_le()?).map_err(|_| DAMAGED)?;
    let data = at.take(length)?;
    if length % 2 == 1 && !at.rest().is_empty() {
        at.take(1)?;
    }
    Ok((kind, data))
}

#[derive(Default)]
struct Found<'a> {
    alpha: bool,
    animated: bool,
    canvas: Option<(u32, u32)>,
    frame: Option<(u32, u32)>,
    lossless: bool,
    orientation: Orientation,
    profile: Option<&'a [u8]>,
}

impl<'a> Found<'a> {
    fn chunk(
        &mut self,
        kind: [u8; 4],
        data: &'a [u8],
        limits: &Limits,
    ) -> Result<(), PictureError> {
        match &kind {
            b"VP8X" => self.canvas(data, limits)?,
            b"VP8 " => self.frame(lossy(data)?, false, limits)?,
            b"VP8L" => self.frame(lossless(data)?, true, limits)?,
            b"ANMF" if self.frame.is_none() => self.animation(data, limits)?,
            b"EXIF" => self.orientation = orientation::read(data),
            b"ICCP" => {
                at_most(Measure::ColourProfile, data.len() as u64, limits.colour_profile as u64)?;
                self.profile = Some(data);
            }
            _ => {}
        }
        Ok(())
    }

    fn canvas(&mut self, data: &[u8], limits: &Limits) -> Result<(), PictureError> {
        let mut at = Cursor::new(data);
        let [flags, _, _, _] = at.array()?;
        self.alpha = flags & 0x10 != 0;
        let size = (at.u24_le()? + 1, at.u24_le()? + 1);
        check_size(size, limits.pixels, limits)?;
        self.canvas = Some(size);
        Ok(())
    }

    fn frame(
        &mut self,
        size: (u32, u32),
        lossless: bool,
        limits: &Limits,
    ) -> Result<(), PictureError> {
        check_size(size, limits.pixels, limits)?;
        if self.frame.is_none() {
            self.frame = Some(size);
            self.lossless = lossless;
        }
        Ok(())
    }

    /// The first frame of an animation: 16 bytes of placement, then chunks of its own.
    fn animation(&mut self, data: &[u8], limits: &Limits) -> Result<(), PictureError> {
        self.animated = true;
        let mut at = Cursor::new(data);
        at.take(6)?;
        let size = (at.u24_le()? + 1, at.u24_le()? + 1);
        check_size(size, limits.pixels, limits)?;
        at.take(4)?;
        while let Ok((kind, data)) = chunk(&mut at) {
            match &kind {
                b"VP8 " => return self.same(size, lossy(data)?, false, limits),
                b"VP8L" => return self.same(size, lossless(data)?, true, limits),
                _ => {}
            }
        }
        Err(TRUNCATED)
    }

    fn same(
        &mut self,
        placed: (u32, u32),
        coded: (u32, u32),
        lossless: bool,
        limits: &Limits,
    ) -> Result<(), PictureError> {
        if placed != coded {
            return Err(DAMAGED);
        }
        self.frame(coded, lossless, limits)
    }

    fn finish(self, length: usize, limits: &Limits) -> Result<Inspected<'a>, PictureError> {
        let frame = self.frame.ok_or(TRUNCATED)?;
        let (width, height) = self.canvas.unwrap_or(frame);
        check_size((width, height), limits.pixels, limits)?;
        // Only an animation may place a frame on a larger canvas.
        if !self.animated && (width, height) != frame {
            return Err(DAMAGED);
        }
        let pixels = u64::from(width) * u64::from(height);
        if !self.lossless && !self.animated {
            check_density(pixels, length, LOSSY_PIXELS_PER_BYTE)?;
        } else if pixels > FREE_PIXELS
            && check_density(pixels, length, LOSSLESS_PIXELS_PER_BYTE).is_err()
        {
            return Err(PictureError::Invalid("it is nearly empty for its size"));
        }
        let shape = Shape::WebP { lossless: self.lossless, alpha: self.lossless || self.alpha };
        let header =
            Header { format: Format::WebP, width, height, orientation: self.orientation, shape };
        Ok(Inspected { header, profile: self.profile.map(Cow::Borrowed) })
    }
}

/// RFC 6386, section 9.1: a key frame's tag, start code and size.
fn lossy(data: &[u8]) -> Result<(u32, u32), PictureError> {
    let mut at = Cursor::new(data);
    at.take(3)?;
    if at.array()? != [0x9d, 0x01, 0x2a] {
        return Err(DAMAGED);
    }
    Ok((u32::from(at.u16_le()? & 0x3fff), u32::from(at.u16_le()? & 0x3fff)))
}

/// RFC 9649, section 3.4: a signature byte, then 14 bits each of width and height less one.
fn lossless(data: &[u8]) -> Result<(u32, u32), PictureError> {
    let mut at = Cursor::new(data);
    if at.u8()? != 0x2f {
        return Err(DAMAGED);
    }
    let bits = at.u32_le()?;
    Ok(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}
