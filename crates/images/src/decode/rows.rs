//! Interleaved rows, as PNG, GIF and WebP give them, taken apart into planes.

use super::{Decoded, Job, Model, finish};
use crate::alpha;
use crate::error::PictureError;
use crate::resize::Shrinker;

/// Takes rows of 1 to 4 interleaved channels of 8 bits.
pub(super) struct Rows {
    model: Model,
    shrinkers: Vec<Shrinker>,
    channel: Vec<u8>,
    premultiplied: Option<Vec<u8>>,
}

impl Rows {
    pub(super) fn new(job: &Job<'_>, model: Model) -> Self {
        let size = (job.width(), job.height());
        let channels = channels(model);
        let shrinkers = vec![job.plan.component(size, (1.0, 1.0)); channels];
        // A transparent pixel must lend its colour to no neighbour. Where nothing is blended, colours stay exact.
        let blends = channels.is_multiple_of(2) && shrinkers.iter().any(|shrinker| !shrinker.copies());
        let premultiplied = blends.then(|| Vec::with_capacity(size.0 * channels));
        Self { model, shrinkers, channel: vec![0; size.0], premultiplied }
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        let channels = self.shrinkers.len();
        let row = match &mut self.premultiplied {
            Some(scratch) => premultiply(row, channels, scratch),
            None => row,
        };
        for (index, shrinker) in self.shrinkers.iter_mut().enumerate() {
            let samples = row.iter().skip(index).step_by(channels);
            self.channel.iter_mut().zip(samples).for_each(|(out, sample)| *out = *sample);
            shrinker.push(&self.channel);
        }
    }

    pub(super) fn finish(self) -> Result<Decoded, PictureError> {
        let mut planes = finish(self.shrinkers)?;
        if self.premultiplied.is_some() {
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

fn premultiply<'a>(row: &[u8], channels: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    scratch.extend_from_slice(row);
    for pixel in scratch.chunks_exact_mut(channels) {
        if let Some((opacity, colours)) = pixel.split_last_mut()
            && *opacity != 255
        {
            for colour in colours {
                *colour = alpha::scaled(*colour, *opacity);
            }
        }
    }
    scratch
}
