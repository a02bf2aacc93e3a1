//! Transparency: colours are weighed by it while they are blended.

use crate::plane::Plane;

/// `colour * alpha / 255`, rounded.
pub(crate) fn scaled(colour: u8, alpha: u8) -> u8 {
    ((u32::from(colour) * u32::from(alpha) + 127) / 255) as u8
}

/// The inverse of [`scaled`]; black where nothing is to be seen.
pub(crate) fn unscaled(colour: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    (u32::from(colour) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0).min(255) as u8
}

pub(crate) fn premultiply(planes: &mut [Plane]) {
    each(planes, scaled);
}

pub(crate) fn unpremultiply(planes: &mut [Plane]) {
    each(planes, unscaled);
}

/// Clears the colours of fully transparent pixels: what was cut out of a picture must not travel in it.
pub(crate) fn forget_hidden(planes: &mut [Plane]) {
    each(planes, |colour, alpha| if alpha == 0 { 0 } else { colour });
}

/// The last plane is the alpha of all others.
fn each(planes: &mut [Plane], change: fn(u8, u8) -> u8) {
    let Some((alpha, colours)) = planes.split_last_mut() else { return };
    for plane in colours {
        let samples = plane.samples.iter_mut().zip(&alpha.samples);
        samples.for_each(|(colour, alpha)| *colour = change(*colour, *alpha));
    }
}
