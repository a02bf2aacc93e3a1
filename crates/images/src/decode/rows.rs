//! Interleaved rows, as PNG, GIF and WebP give them, taken apart into planes.

use super::{Decoded, Job, Model, finish};
use crate::alpha;
use crate::error::PictureError;
use crate::interleave;
use crate::resize::Shrinker;

/// Takes rows of 1 to 4 interleaved channels of 8 bits.
pub(super) struct Rows {
    model: Model,
    shrinkers: Vec<Shrinker>,
    channels: Vec<Vec<u8>>,
    blends: bool,
}

impl Rows {
    pub(super) fn new(job: &Job<'_>, model: Model) -> Self {
        let size = (job.width(), job.height());
        let channels = channels(model);
        let shrinkers = vec![job.plan.component(size, (1.0, 1.0)); channels];
        // A transparent pixel must lend its colour to no neighbour. Where nothing is blended,
        // colours stay exact.
        let blends =
            channels.is_multiple_of(2) && shrinkers.iter().any(|shrinker| !shrinker.copies());
        Self { model, shrinkers, channels: vec![vec![0; size.0]; channels], blends }
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        interleave::split(row, &mut self.channels);
        if self.blends {
            alpha::premultiply(&mut self.channels);
        }
        for (shrinker, channel) in self.shrinkers.iter_mut().zip(&self.channels) {
            shrinker.push(channel);
        }
    }

    pub(super) fn finish(self) -> Result<Decoded, PictureError> {
        let mut planes = finish(self.shrinkers)?;
        if self.blends {
            alpha::unpremultiply(&mut planes);
        }
        Ok(Decoded { model: self.model, planes })
    }
}

const fn channels(model: Model) -> usize {
    match model {
        Model::Grey => 1,
        Model::GreyAlpha => 2,
        Model::YCbCr | Model::Rgb => 3,
        Model::Rgba | Model::Cmyk { .. } | Model::Ycck { .. } => 4,
    }
}
