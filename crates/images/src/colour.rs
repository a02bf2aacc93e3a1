//! From a picture's own colours to sRGB, after it was made small.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform8BitExecutor, TransformOptions,
};

use crate::decode::{Decoded, Model};
use crate::header::{Coding, Header, Shape};
use crate::interleave;
use crate::jfif::rgb_of;
use crate::picture::{Assembly, Picture};
use crate::plane::Plane;

/// A profile that differs from sRGB enough to be seen.
pub(crate) struct Conversion {
    transform: Arc<Transform8BitExecutor>,
    channels: usize,
}

/// Most a channel of a probe may move, in levels of 255, for a profile to pass as sRGB.
const SAME: u8 = 2;

impl Conversion {
    /// `None` if there is no profile, if it is damaged or of another colour space (a picture is
    /// worth more than its profile), or if it amounts to sRGB.
    pub(crate) fn new(profile: Option<&[u8]>, header: &Header) -> Option<Self> {
        let source = ColorProfile::new_from_slice(profile?).ok()?;
        let (layout, channels) = match (source.color_space, channels(header)) {
            (DataColorSpace::Gray, 1) => (Layout::Gray, 1),
            (DataColorSpace::Rgb, 3) => (Layout::Rgb, 3),
            (DataColorSpace::Cmyk, 4) => (Layout::Rgba, 4),
            _ => return None,
        };
        // Perceptual tables of CMYK profiles are off by up to 10 levels here; the colorimetric ones
        // are not.
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            ..Default::default()
        };
        let transform = source
            .create_transform_8bit(layout, &ColorProfile::new_srgb(), Layout::Rgb, options)
            .ok()?;
        let conversion = Self { transform, channels };
        (channels == 4 || conversion.is_visible()).then_some(conversion)
    }

    /// `ink` interleaved samples of the source become RGB.
    fn run(&self, ink: &[u8], rgb: &mut [u8]) -> bool {
        self.transform.transform(ink, rgb).is_ok()
    }

    fn is_visible(&self) -> bool {
        let levels = [0_u8, 51, 102, 153, 204, 255];
        let probes: Vec<u8> = match self.channels {
            1 => levels.to_vec(),
            _ => levels
                .iter()
                .flat_map(|r| levels.iter().flat_map(|g| levels.map(|b| [*r, *g, b])))
                .flatten()
                .collect(),
        };
        let mut seen = vec![0; probes.len() / self.channels * 3];
        let expected =
            probes.iter().flat_map(|probe| std::iter::repeat_n(*probe, 3 / self.channels));
        self.run(&probes, &mut seen) && expected.zip(&seen).any(|(a, b)| a.abs_diff(*b) > SAME)
    }
}

/// Channels of the colour space that a profile of the picture must have.
fn channels(header: &Header) -> usize {
    match header.shape {
        Shape::Jpeg { coding: Coding::Grey, .. } | Shape::Png { channels: 1 | 2, .. } => 1,
        Shape::Jpeg { coding: Coding::Cmyk { .. } | Coding::Ycck { .. }, .. } => 4,
        Shape::Jpeg { .. } | Shape::Png { .. } | Shape::Gif { .. } | Shape::WebP { .. } => 3,
    }
}

/// Makes an sRGB picture of upright planes.
pub(crate) fn to_srgb(decoded: Decoded, conversion: Option<&Conversion>) -> Option<Picture> {
    let Decoded { model, mut planes } = decoded;
    let alpha = match model {
        Model::GreyAlpha | Model::Rgba => planes.pop().filter(|alpha| !alpha.is_all(255)),
        Model::Grey | Model::YCbCr | Model::Rgb | Model::Cmyk { .. } | Model::Ycck { .. } => None,
    };
    if alpha.is_none() && conversion.is_none() {
        planes = match (model, <[Plane; 3]>::try_from(planes)) {
            (Model::YCbCr, Ok([y, cb, cr])) => return Some(Picture::opaque(y, Some([cb, cr]))),
            (_, Ok(planes)) => planes.into(),
            (Model::Grey | Model::GreyAlpha, Err(mut planes)) => {
                return Some(Picture::opaque(planes.pop()?, None));
            }
            (_, Err(planes)) => planes,
        };
    }
    through_rgb(model, &planes, alpha, conversion)
}

fn through_rgb(
    model: Model,
    planes: &[Plane],
    alpha: Option<Plane>,
    conversion: Option<&Conversion>,
) -> Option<Picture> {
    let first = planes.first()?;
    let mut assembly = Assembly::new(first.width, first.height, alpha);
    let channels = planes.len();
    let mut ink = vec![0; first.width * channels];
    let mut rgb = vec![0; first.width * 3];
    for y in 0..first.height {
        let rows: Vec<&[u8]> = planes.iter().map(|plane| plane.row(y)).collect();
        interleave::join(&rows, &mut ink);
        decorrelate(model, &mut ink);
        match conversion {
            Some(conversion) if conversion.channels == channels => {
                conversion.run(&ink, &mut rgb).then_some(())?;
            }
            _ => plain(channels, &ink, &mut rgb),
        }
        assembly.push(&rgb);
    }
    Some(assembly.finish())
}

/// Undoes what JPEG does to colours; CMYK is ink afterwards, with 255 for all of it.
fn decorrelate(model: Model, ink: &mut [u8]) {
    match model {
        Model::YCbCr => {
            ink.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = rgb_of(*pixel));
        }
        Model::Ycck { inverted } => {
            for [c, m, y, k] in ink.as_chunks_mut::<4>().0 {
                // The three are coded as the light that the ink leaves, the black plane as ink;
                // then all is inverted.
                [*c, *m, *y] =
                    rgb_of([*c, *m, *y]).map(|light| if inverted { light } else { 255 - light });
                *k = if inverted { 255 - *k } else { *k };
            }
        }
        Model::Cmyk { inverted: true } => ink.iter_mut().for_each(|sample| *sample = 255 - *sample),
        Model::Cmyk { inverted: false }
        | Model::Grey
        | Model::GreyAlpha
        | Model::Rgb
        | Model::Rgba => {}
    }
}

/// Without a profile, ink is what it leaves of white light.
fn plain(channels: usize, ink: &[u8], rgb: &mut [u8]) {
    let pixels = rgb.as_chunks_mut::<3>().0.iter_mut();
    match channels {
        1 => pixels.zip(ink).for_each(|(pixel, grey)| *pixel = [*grey; 3]),
        4 => pixels.zip(ink.as_chunks::<4>().0).for_each(|(pixel, [c, m, y, k])| {
            *pixel = [c, m, y].map(|ink| (u32::from(255 - *ink) * u32::from(255 - *k) / 255) as u8);
        }),
        _ => pixels.zip(ink.as_chunks::<3>().0).for_each(|(pixel, colour)| *pixel = *colour),
    }
}
