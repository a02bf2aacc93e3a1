//! PNG, a row at a time; interlaced pictures as a whole.

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, Transformations};

use super::rows::Rows;
use super::{Decoded, Job, Model};
use crate::error::{DAMAGED, PictureError, TRUNCATED};
use crate::header::Shape;

pub(super) fn decode(job: &Job<'_>) -> Result<Decoded, PictureError> {
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(job.bytes),
        png::Limits { bytes: job.limits.allocation },
    );
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(refused)?;
    job.check_size((reader.info().width, reader.info().height))?;
    let model = match reader.output_color_type().0 {
        ColorType::Grayscale => Model::Grey,
        ColorType::GrayscaleAlpha => Model::GreyAlpha,
        ColorType::Rgb => Model::Rgb,
        ColorType::Rgba => Model::Rgba,
        ColorType::Indexed => return Err(DAMAGED),
    };
    let mut rows = Rows::new(job, model);
    if matches!(job.header.shape, Shape::Png { interlaced: true, .. }) {
        whole(&mut reader, job, &mut rows)?;
    } else {
        while let Some(row) = reader.next_row().map_err(refused)? {
            rows.push(row.data());
            job.deadline.check()?;
        }
    }
    rows.finish()
}

fn whole(
    reader: &mut png::Reader<Cursor<&[u8]>>,
    job: &Job<'_>,
    rows: &mut Rows,
) -> Result<(), PictureError> {
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(DAMAGED)?];
    let frame = reader.next_frame(&mut pixels).map_err(refused)?;
    for row in pixels.chunks_exact(frame.line_size.max(1)) {
        rows.push(row);
        job.deadline.check()?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn refused(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(_) => TRUNCATED,
        DecodingError::Format(_) | DecodingError::Parameter(_) | DecodingError::LimitsExceeded => {
            DAMAGED
        }
    }
}
