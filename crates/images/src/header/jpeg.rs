//! JPEG markers (ITU-T T.81 annex B) up to the first scan, and a count of the scans.

use std::borrow::Cow;

use super::{Coding, Header, Inspected, Shape, check_density, check_size};
use crate::cursor::Cursor;
use crate::error::{DAMAGED, Measure, PictureError, TRUNCATED};
use crate::format::Format;
use crate::limits::{Limits, at_most};
use crate::orientation::{self, Orientation};

const KIND: PictureError = PictureError::Invalid("it is a rare kind of JPEG");
const ICC: &[u8] = b"ICC_PROFILE\0";

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Inspected<'a>, PictureError> {
    let mut found = Found::default();
    let mut at = Cursor::new(bytes);
    at.take(2)?;
    let scan = loop {
        let marker = next_marker(&mut at)?;
        let segment = segment(&mut at)?;
        match marker {
            0xc0..=0xc2 => found.frame(Frame::parse(segment, marker == 0xc2, limits)?)?,
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xdc => return Err(KIND),
            0xe1 if segment.starts_with(b"Exif\0\0") => found.exif(segment),
            0xe2 if segment.starts_with(ICC) => found.profile(segment, limits)?,
            0xe0 if segment.starts_with(b"JFIF\0") => found.jfif = true,
            0xee if segment.starts_with(b"Adobe") => found.adobe = segment.get(11).copied(),
            0xda => break segment,
            _ => {}
        }
    };
    found.finish(scan, bytes.len(), at, limits)
}

/// Skips fill bytes. A marker without a segment, or anything but a marker, is not allowed before
/// the first scan.
fn next_marker(at: &mut Cursor<'_>) -> Result<u8, PictureError> {
    if at.u8()? != 0xff {
        return Err(DAMAGED);
    }
    loop {
        match at.u8()? {
            0xff => {}
            0 | 0x01 | 0xd0..=0xd9 => return Err(DAMAGED),
            marker => return Ok(marker),
        }
    }
}

fn segment<'a>(at: &mut Cursor<'a>) -> Result<&'a [u8], PictureError> {
    let length = usize::from(at.u16_be()?).checked_sub(2).ok_or(DAMAGED)?;
    at.take(length)
}

struct Frame {
    progressive: bool,
    size: (u32, u32),
    components: Vec<u8>,
    /// Pixels that one 8 × 8 block of the frame covers on average at most, rounded up.
    pixels_per_block: u64,
}

impl Frame {
    fn parse(segment: &[u8], progressive: bool, limits: &Limits) -> Result<Self, PictureError> {
        let mut at = Cursor::new(segment);
        let depth = at.u8()?;
        let (height, width) = (u32::from(at.u16_be()?), u32::from(at.u16_be()?));
        let pixels = if progressive { limits.pixels } else { limits.baseline_pixels };
        check_size((width, height), pixels, limits)?;
        let count = at.u8()?;
        if depth != 8 || !matches!(count, 1 | 3 | 4) {
            return Err(KIND);
        }
        let (mut components, mut blocks, mut most) = (Vec::with_capacity(4), 0, (1, 1));
        for _ in 0..count {
            let [id, sampling, _table] = at.array()?;
            let (h, v) = (u64::from(sampling >> 4), u64::from(sampling & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err(DAMAGED);
            }
            components.push(id);
            blocks += h * v;
            most = (most.0.max(h), most.1.max(v));
        }
        let pixels_per_block = (most.0 * most.1 * 64).div_ceil(blocks);
        Ok(Self { progressive, size: (width, height), components, pixels_per_block })
    }
}

#[derive(Default)]
struct Found<'a> {
    frame: Option<Frame>,
    orientation: Option<Orientation>,
    jfif: bool,
    adobe: Option<u8>,
    profile: Vec<(u8, &'a [u8])>,
}

impl<'a> Found<'a> {
    fn frame(&mut self, frame: Frame) -> Result<(), PictureError> {
        if self.frame.replace(frame).is_some() { Err(DAMAGED) } else { Ok(()) }
    }

    /// The first block counts, as in browsers.
    fn exif(&mut self, segment: &[u8]) {
        self.orientation.get_or_insert_with(|| orientation::read(segment));
    }

    /// ICC.1:2022 annex B.4: a sequence number and a count come before each part.
    fn profile(&mut self, segment: &'a [u8], limits: &Limits) -> Result<(), PictureError> {
        let Some(&[number, _count, ref part @ ..]) = segment.get(ICC.len()..) else {
            return Ok(());
        };
        self.profile.push((number, part));
        let length: usize = self.profile.iter().map(|(_, part)| part.len()).sum();
        at_most(Measure::ColourProfile, length as u64, limits.colour_profile as u64)
    }

    fn finish(
        mut self,
        scan: &[u8],
        length: usize,
        rest: Cursor<'_>,
        limits: &Limits,
    ) -> Result<Inspected<'a>, PictureError> {
        let frame = self.frame.take().ok_or(DAMAGED)?;
        let in_scan = usize::from(*scan.first().ok_or(TRUNCATED)?);
        let split = frame.progressive || in_scan != frame.components.len();
        if split {
            at_most(Measure::Pixels, pixels(&frame), limits.pixels)?;
            count_scans(rest, limits)?;
        } else if !rest.rest().windows(2).rev().any(|pair| pair == [0xff, 0xd9]) {
            // Coded data can't hold the end marker, so a file without it was cut off.
            return Err(TRUNCATED);
        }
        // A block takes at least one bit in a progressive file, two in others (a code for DC, one
        // for AC).
        let blocks_per_byte = if frame.progressive { 8 } else { 4 };
        check_density(pixels(&frame), length, blocks_per_byte * frame.pixels_per_block)?;
        let coding = self.coding(&frame);
        let components = u8::try_from(frame.components.len()).unwrap_or(4);
        let header = Header {
            format: Format::Jpeg,
            width: frame.size.0,
            height: frame.size.1,
            orientation: self.orientation.unwrap_or_default(),
            shape: Shape::Jpeg { split, components, coding },
        };
        Ok(Inspected { header, profile: self.joined_profile() })
    }

    /// The rules of libjpeg: Adobe's marker decides, then JFIF, then the component names.
    fn coding(&self, frame: &Frame) -> Coding {
        let inverted = self.adobe.is_some();
        match (frame.components.as_slice(), self.adobe) {
            ([_], _) => Coding::Grey,
            ([_, _, _], Some(0)) => Coding::Rgb,
            ([b'R', b'G', b'B'], None) if !self.jfif => Coding::Rgb,
            ([_, _, _], _) => Coding::YCbCr,
            (_, Some(2)) => Coding::Ycck { inverted },
            _ => Coding::Cmyk { inverted },
        }
    }

    fn joined_profile(mut self) -> Option<Cow<'a, [u8]>> {
        self.profile.sort_by_key(|(number, _)| *number);
        match self.profile.as_slice() {
            [] => None,
            [(_, part)] => Some(Cow::Borrowed(part)),
            parts => {
                Some(Cow::Owned(parts.iter().flat_map(|(_, part)| part.iter().copied()).collect()))
            }
        }
    }
}

fn pixels(frame: &Frame) -> u64 {
    u64::from(frame.size.0) * u64::from(frame.size.1)
}

/// Counts the scans after the first one and wants the end marker, without which scans may be
/// missing.
fn count_scans(mut at: Cursor<'_>, limits: &Limits) -> Result<(), PictureError> {
    let mut scans = 1;
    loop {
        at_most(Measure::Scans, scans, u64::from(limits.scans))?;
        match after_entropy(&mut at)? {
            0xd9 => return Ok(()),
            0xda => {
                scans += 1;
                segment(&mut at)?;
            }
            _ => {
                segment(&mut at)?;
            }
        }
    }
}

/// The next marker that is neither stuffing, filling nor a restart.
fn after_entropy(at: &mut Cursor<'_>) -> Result<u8, PictureError> {
    loop {
        let mark = at.rest().iter().position(|byte| *byte == 0xff).ok_or(TRUNCATED)?;
        at.take(mark + 1)?;
        match at.rest().first().copied().ok_or(TRUNCATED)? {
            0xff => {}
            0 | 0x01 | 0xd0..=0xd7 => {
                at.take(1)?;
            }
            marker => {
                at.take(1)?;
                return Ok(marker);
            }
        }
    }
}
