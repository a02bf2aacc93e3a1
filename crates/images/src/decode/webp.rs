//! WebP; of an animation the first frame.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::rows::Rows;
use super::{Decoded, Job, Model};
use crate::error::{DAMAGED, PictureError, TRUNCATED};

pub(super) fn decode(job: &Job<'_>) -> Result<Decoded, PictureError> {
    let mut decoder = WebPDecoder::new(Cursor::new(job.bytes)).map_err(refused)?;
    decoder.set_memory_limit(job.limits.allocation);
    job.check_size(decoder.dimensions())?;
    let (model, channels) = if decoder.has_alpha() { (Model::Rgba, 4) } else { (Model::Rgb, 3) };
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(DAMAGED)?];
    decoder.read_image(&mut pixels).map_err(refused)?;
    let mut rows = Rows::new(job, model);
    for row in pixels.chunks_exact(job.width().max(1) * channels) {
        rows.push(row);
        job.deadline.check()?;
    }
    rows.finish()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn refused(error: DecodingError) -> PictureError {
    if matches!(error, DecodingError::IoError(_)) { TRUNCATED } else { DAMAGED }
}
