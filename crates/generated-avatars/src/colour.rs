//! Colours in OKLCH (Björn Ottosson, 2020), turned to 8-bit sRGB.
//!
//! The transcendental functions come from `libm`, so that a colour is the same on every platform.

/// A colour by lightness (0–1), chroma (0–about 0.3) and hue in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lch {
    pub(crate) lightness: f32,
    pub(crate) chroma: f32,
    pub(crate) hue: f32,
}

/// Shorthand for tables: lightness and chroma in hundredths, hue in degrees.
pub(crate) const fn lch(lightness: u8, chroma: u8, hue: u16) -> Lch {
    Lch { lightness: lightness as f32 / 100.0, chroma: chroma as f32 / 100.0, hue: hue as f32 }
}

/// An 8-bit sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) [u8; 3]);

impl Lch {
    /// The same hue, lighter or darker by `by` (−1 to 1), kept inside 0–1.
    pub(crate) fn lighter(self, by: f32) -> Self {
        Self { lightness: (self.lightness + by).clamp(0.0, 1.0), ..self }
    }

    /// The colour with its hue turned by `degrees`.
    pub(crate) fn turned(self, degrees: f32) -> Self {
        Self { hue: self.hue + degrees, ..self }
    }

    /// The nearest sRGB colour of this lightness and hue: chroma shrinks until it fits.
    pub(crate) fn to_rgb(self) -> Rgb {
        let mut fitted = self;
        for _ in 0..40 {
            if fitted.linear().iter().all(|part| (-0.0005..=1.0005).contains(part)) {
                break;
            }
            fitted.chroma *= 0.94;
        }
        Rgb(fitted.linear().map(encode))
    }

    fn linear(self) -> [f64; 3] {
        let hue = f64::from(self.hue).to_radians();
        let (a, b) =
            (f64::from(self.chroma) * libm::cos(hue), f64::from(self.chroma) * libm::sin(hue));
        let lightness = f64::from(self.lightness);
        let cube = |root: f64| root * root * root;
        let long = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
        let medium = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
        let short = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
        [
            4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
            -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
            -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
        ]
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is rounded and clamped to 0–255 first"
)]
fn encode(linear: f64) -> u8 {
    let curve = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055
    };
    (curve * 255.0).round().clamp(0.0, 255.0) as u8
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        let short = self.0.iter().all(|part| part >> 4 == part & 15);
        if short {
            write!(out, "#{:x}{:x}{:x}", red & 15, green & 15, blue & 15)
        } else {
            write!(out, "#{red:02x}{green:02x}{blue:02x}")
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Rgb, lch};

    /// WCAG 2.2 contrast ratio against white, from the relative luminance of 8-bit sRGB.
    pub(crate) fn contrast_with_white(colour: Rgb) -> f64 {
        let linear = colour.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    }

    #[test]
    fn black_white_and_red_come_out_as_in_the_oklab_reference() {
        assert_eq!(lch(0, 0, 0).to_rgb(), Rgb([0, 0, 0]));
        assert_eq!(lch(100, 0, 0).to_rgb(), Rgb([255, 255, 255]));
        let red = super::Lch { lightness: 0.627_955, chroma: 0.257_683, hue: 29.234 };
        assert_eq!(red.to_rgb(), Rgb([255, 0, 0]));
    }

    #[test]
    fn a_colour_outside_srgb_keeps_its_lightness() {
        let wild = lch(70, 40, 145).to_rgb();
        let calm = lch(70, 5, 145).to_rgb();
        let gap = contrast_with_white(wild) - contrast_with_white(calm);
        assert!(gap.abs() < 0.6, "{wild} against {calm}: {gap}");
    }
}
