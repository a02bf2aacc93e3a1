//! EXIF orientation: which way up the camera was.

use crate::cursor::Cursor;

/// EXIF tag 0x0112 (CIPA DC-008), as the operations that bring the stored picture upright:
/// first transpose, then mirror left to right, then mirror top to bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation {
    /// Rows become columns.
    pub transposed: bool,
    /// Left and right change places, after the transposition.
    pub mirrored: bool,
    /// Top and bottom change places, after the transposition.
    pub flipped: bool,
}

impl Orientation {
    /// The orientation of an EXIF value; anything but 2 to 8 means upright, as in every viewer.
    #[must_use]
    pub const fn from_exif(value: u16) -> Self {
        let (transposed, mirrored, flipped) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self { transposed, mirrored, flipped }
    }

    /// Width and height of a stored picture once it is upright, and the way back.
    #[must_use]
    pub const fn apply(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.transposed { (height, width) } else { (width, height) }
    }
}

/// The longest EXIF block that is looked into, in bytes: it is one JPEG segment at most.
const EXIF_MAX: usize = 65_535;

/// Reads the orientation from a TIFF structure. Only the first directory is read, and nothing is
/// followed: a damaged block means upright, because a picture is worth more than its metadata.
pub(crate) fn read(tiff: &[u8]) -> Orientation {
    let tiff = tiff.strip_prefix(b"Exif\0\0").unwrap_or(tiff);
    let tiff = tiff.get(..EXIF_MAX).unwrap_or(tiff);
    find(tiff).map_or_else(Orientation::default, Orientation::from_exif)
}

fn find(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.first_chunk::<4>()? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_of = |at: &mut Cursor<'_>| if little { at.u16_le() } else { at.u16_be() }.ok();
    let u32_of = |at: &mut Cursor<'_>| if little { at.u32_le() } else { at.u32_be() }.ok();
    let offset = u32_of(&mut Cursor::new(tiff.get(4..)?))?;
    let mut directory = Cursor::new(tiff.get(usize::try_from(offset).ok()?..)?);
    for _ in 0..u16_of(&mut directory)? {
        let mut entry = Cursor::new(directory.take(12).ok()?);
        let (tag, kind) = (u16_of(&mut entry)?, u16_of(&mut entry)?);
        let _count = u32_of(&mut entry)?;
        if tag == 0x0112 {
            return if kind == 3 { u16_of(&mut entry) } else { None };
        }
    }
    None
}
