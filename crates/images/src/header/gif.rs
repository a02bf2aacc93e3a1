//! GIF blocks (version 89a) up to the end of the first frame.

use super::{Header, Inspected, Shape, check_density, check_size};
use crate::cursor::Cursor;
use crate::error::{DAMAGED, PictureError};
use crate::format::Format;
use crate::limits::Limits;
use crate::orientation::Orientation;

/// A 12-bit LZW code stands for at most 4,096 pixels.
const PIXELS_PER_BYTE: u64 = 4_096;

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Inspected<'a>, PictureError> {
    let mut at = Cursor::new(bytes);
    at.take(6)?;
    let screen = (u32::from(at.u16_le()?), u32::from(at.u16_le()?));
    let [flags, _background, _aspect] = at.array()?;
    skip_palette(&mut at, flags)?;
    let frame = first_frame(&mut at)?;
    check_size(frame, limits.pixels, limits)?;
    // Some writers leave the screen empty; browsers then take the frame's size.
    let (width, height) = if screen.0 == 0 || screen.1 == 0 { frame } else { screen };
    check_size((width, height), limits.pixels, limits)?;
    let frame = u64::from(frame.0) * u64::from(frame.1);
    check_density(frame, bytes.len(), PIXELS_PER_BYTE)?;
    let shape = Shape::Gif { frame };
    let header =
        Header { format: Format::Gif, width, height, orientation: Orientation::default(), shape };
    Ok(Inspected { header, profile: None })
}

fn skip_palette(at: &mut Cursor<'_>, flags: u8) -> Result<(), PictureError> {
    if flags & 0x80 != 0 {
        at.take(3 << ((flags & 7) + 1))?;
    }
    Ok(())
}

fn first_frame(at: &mut Cursor<'_>) -> Result<(u32, u32), PictureError> {
    loop {
        match at.u8()? {
            0x21 => {
                at.take(1)?;
                skip_blocks(at)?;
            }
            0x2c => {
                at.take(4)?;
                let size = (u32::from(at.u16_le()?), u32::from(at.u16_le()?));
                complete(at)?;
                return Ok(size);
            }
            0x3b => return Err(PictureError::Invalid("it has no pixels")),
            _ => return Err(DAMAGED),
        }
    }
}

/// Whether the first frame comes to an end, before anything is spent on its beginning.
fn complete(at: &mut Cursor<'_>) -> Result<(), PictureError> {
    let flags = at.u8()?;
    skip_palette(at, flags)?;
    let _code_size = at.u8()?;
    skip_blocks(at)
}

fn skip_blocks(at: &mut Cursor<'_>) -> Result<(), PictureError> {
    loop {
        match at.u8()? {
            0 => return Ok(()),
            length => at.take(usize::from(length))?,
        };
    }
}
