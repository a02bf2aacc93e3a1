//! Transparency: colours are weighed by it while they are blended.

use crate::plane::Plane;
use crate::simd::vectorised;

/// Samples of one channel.
pub(crate) trait Channel {
    fn samples(&self) -> &[u8];
    fn samples_mut(&mut self) -> &mut [u8];
}

impl Channel for Vec<u8> {
    fn samples(&self) -> &[u8] {
        self
    }

    fn samples_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl Channel for Plane {
    fn samples(&self) -> &[u8] {
        &self.samples
    }

    fn samples_mut(&mut self) -> &mut [u8] {
        &mut self.samples
    }
}

/// Multiplies all channels by the last one, which is alpha.
pub(crate) fn premultiply(channels: &mut [impl Channel]) {
    each(channels, scaled);
}

/// The inverse of [`premultiply`]; black where nothing is to be seen.
pub(crate) fn unpremultiply(channels: &mut [impl Channel]) {
    each(channels, unscaled);
}

/// Clears the colours of fully transparent pixels: what was cut out of a picture must not travel in
/// it.
pub(crate) fn forget_hidden(channels: &mut [impl Channel]) {
    each(channels, |colour, alpha| if alpha == 0 { 0 } else { colour });
}

#[inline(always)]
fn each(channels: &mut [impl Channel], change: impl Fn(u8, u8) -> u8) {
    let Some((alpha, colours)) = channels.split_last_mut() else { return };
    let alphas = alpha.samples();
    for channel in colours {
        vectorised(
            #[inline(always)]
            || {
                for (colour, alpha) in channel.samples_mut().iter_mut().zip(alphas) {
                    *colour = change(*colour, *alpha);
                }
            },
        );
    }
}

/// `colour * alpha / 255`, rounded (Blinn, 1994: exact without a division).
#[inline(always)]
fn scaled(colour: u8, alpha: u8) -> u8 {
    let product = u16::from(colour) * u16::from(alpha) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

#[inline(always)]
fn unscaled(colour: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    (u32::from(colour) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::{scaled, unscaled};

    #[test]
    fn scaling_is_exact_and_undone_where_anything_is_seen() {
        for alpha in 0..=255_u8 {
            for colour in 0..=255_u8 {
                let exact = (f64::from(colour) * f64::from(alpha) / 255.0).round() as u8;
                assert_eq!(scaled(colour, alpha), exact);
                let back = unscaled(exact, alpha);
                assert!(alpha < 128 || back.abs_diff(colour) <= 1, "{colour} {alpha}");
            }
        }
        assert_eq!(unscaled(0, 0), 0);
    }
}
