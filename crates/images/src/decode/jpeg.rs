//! JPEG without leaving its planes: neither upsampled nor turned into RGB, a band of rows at a
//! time.

use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::{JpegDecoder, PlaneInfo, RawImcuRowStatus};

use super::{Decoded, Job, Model, finish};
use crate::error::{DAMAGED, PictureError, TRUNCATED};
use crate::header::{Coding, Shape};
use crate::resize::Shrinker;

pub(super) fn decode(job: &Job<'_>) -> Result<Decoded, PictureError> {
    let Shape::Jpeg { coding, components, .. } = job.header.shape else { return Err(DAMAGED) };
    let side = job.limits.side as usize;
    let options = DecoderOptions::new_fast().set_max_width(side).set_max_height(side);
    let options = options.jpeg_set_max_scans(job.limits.scans as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(job.bytes), options);
    let deadline = job.deadline;
    decoder.set_cancel(move || deadline.passed());
    decoder.decode_headers().map_err(refused)?;
    let seen = decoder.info().map(|info| (u32::from(info.width), u32::from(info.height)));
    job.check_size(seen.unwrap_or_default())?;
    let mut raw = decoder.raw_output();
    let count =
        raw.num_components().filter(|count| *count == usize::from(components)).ok_or(DAMAGED)?;
    let layout = raw.layout().ok_or(DAMAGED)?;
    let layout = layout.get(..count).ok_or(DAMAGED)?;
    let mut bands = Bands::new(job, coding, layout);
    while let Some(rows) = bands.next(&mut raw)? {
        bands.push(&rows);
    }
    Ok(Decoded { model: model(coding), planes: finish(bands.shrinkers)? })
}

const fn model(coding: Coding) -> Model {
    match coding {
        Coding::Grey => Model::Grey,
        Coding::YCbCr => Model::YCbCr,
        Coding::Rgb => Model::Rgb,
        Coding::Cmyk { inverted } => Model::Cmyk { inverted },
        Coding::Ycck { inverted } => Model::Ycck { inverted },
    }
}

/// One band of rows for each component, and where they go.
struct Bands {
    samples: Vec<Vec<u8>>,
    strides: Vec<usize>,
    shrinkers: Vec<Shrinker>,
}

impl Bands {
    fn new(job: &Job<'_>, coding: Coding, layout: &[PlaneInfo]) -> Self {
        let most =
            |factor: fn(&PlaneInfo) -> usize| layout.iter().map(factor).max().unwrap_or(1) as f64;
        let most = (
            most(|plane| plane.horizontal_sampling_factor),
            most(|plane| plane.vertical_sampling_factor),
        );
        let halved = coding == Coding::YCbCr && !job.plan.full_chroma;
        let shrinker = |index: usize, plane: &PlaneInfo| {
            let size = (plane.width, plane.height);
            let across = most.0 / plane.horizontal_sampling_factor.max(1) as f64;
            let down = most.1 / plane.vertical_sampling_factor.max(1) as f64;
            if halved && index > 0 {
                job.plan.chroma(size, (across, down))
            } else {
                job.plan.component(size, (across, down))
            }
        };
        let mut shrinkers: Vec<Shrinker> = Vec::with_capacity(layout.len());
        for (index, plane) in layout.iter().enumerate() {
            // The weights of a component like the one before, as Cr is like Cb, are not worked out
            // again.
            let same = index > 1 && layout.get(index - 1) == Some(plane);
            let before = shrinkers.last().filter(|_| same).cloned();
            shrinkers.push(before.unwrap_or_else(|| shrinker(index, plane)));
        }
        let rows = most.1 as usize * 8;
        Self {
            samples: layout.iter().map(|plane| vec![0; plane.stride * rows]).collect(),
            strides: layout.iter().map(|plane| plane.stride).collect(),
            shrinkers,
        }
    }

    /// Decodes the next band; the rows of each component that it holds, or `None` after the last.
    fn next(&mut self, raw: &mut Session<'_, '_>) -> Result<Option<Vec<usize>>, PictureError> {
        let mut planes: Vec<&mut [u8]> = self.samples.iter_mut().map(Vec::as_mut_slice).collect();
        match raw.decode_next_imcu_row(&mut planes, &self.strides).map_err(refused)? {
            RawImcuRowStatus::RowReady { rows_written } => Ok(Some(rows_written.to_vec())),
            RawImcuRowStatus::NeedMoreInput => Err(TRUNCATED),
            RawImcuRowStatus::Complete => Ok(None),
            _ => Err(DAMAGED),
        }
    }

    fn push(&mut self, rows: &[usize]) {
        let bands = self.samples.iter().zip(&self.strides).zip(rows);
        for (shrinker, ((samples, stride), rows)) in self.shrinkers.iter_mut().zip(bands) {
            samples.chunks_exact((*stride).max(1)).take(*rows).for_each(|row| shrinker.push(row));
        }
    }
}

type Session<'a, 'b> = zune_jpeg::RawDecodeSession<'a, ZCursor<&'b [u8]>>;

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
#[expect(clippy::wildcard_enum_match_arm, reason = "the other errors all mean a damaged file")]
fn refused(error: DecodeErrors) -> PictureError {
    match error {
        DecodeErrors::Cancelled => PictureError::Timeout,
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => TRUNCATED,
        _ => DAMAGED,
    }
}
