//! The first frame of a GIF, on a transparent screen.

use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, Frame, MemoryLimit};

use super::rows::Rows;
use super::{Decoded, Job, Model};
use crate::error::{DAMAGED, PictureError};

pub(super) fn decode(job: &Job<'_>) -> Result<Decoded, PictureError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let allocation = NonZeroU64::new(job.limits.allocation as u64).unwrap_or(NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(allocation));
    let mut decoder = options.read_info(Cursor::new(job.bytes)).map_err(|_| DAMAGED)?;
    let global = decoder.global_palette().map(<[u8]>::to_vec).unwrap_or_default();
    let frame = decoder.read_next_frame().map_err(|_| DAMAGED)?.ok_or(DAMAGED)?;
    draw(job, frame, &Palette::new(frame.palette.as_deref().unwrap_or(&global), frame.transparent))
}

fn draw(job: &Job<'_>, frame: &Frame<'_>, palette: &Palette) -> Result<Decoded, PictureError> {
    let mut rows = Rows::new(job, Model::Rgba);
    let mut line = vec![0; job.width() * 4];
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let mut indices = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
    for y in 0..job.height() {
        line.fill(0);
        if y >= top
            && let Some(indices) = indices.next()
        {
            let pixels = line.chunks_exact_mut(4).skip(left);
            pixels
                .zip(indices)
                .for_each(|(pixel, index)| pixel.copy_from_slice(palette.colour(*index)));
        }
        rows.push(&line);
        job.deadline.check()?;
    }
    rows.finish()
}

/// RGBA for each index; one that the file does not define is transparent.
struct Palette([[u8; 4]; 256]);

impl Palette {
    fn new(rgb: &[u8], transparent: Option<u8>) -> Self {
        let mut colours = [[0; 4]; 256];
        for (colour, [r, g, b]) in colours.iter_mut().zip(rgb.as_chunks::<3>().0) {
            *colour = [*r, *g, *b, 255];
        }
        if let Some(colour) = transparent.and_then(|index| colours.get_mut(usize::from(index))) {
            *colour = [0; 4];
        }
        Self(colours)
    }

    fn colour(&self, index: u8) -> &[u8; 4] {
        self.0.get(usize::from(index)).unwrap_or(&[0; 4])
    }
}
