//! QR codes as pictures.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the code (ISO/IEC 18004 §6.3.8).
const QUIET: i32 = 4;
/// Pixels of a module in the PNG.
const SCALE: i32 = 6;

/// A QR code.
pub(super) struct Qr(QrCode);

impl Qr {
    /// The code that says `text`; `None` where it does not fit into one.
    pub(super) fn of(text: &str) -> Option<Self> {
        QrCode::encode_text(text, QrCodeEcc::Medium).ok().map(Self)
    }

    /// As SVG: dark on white whatever the theme, since cameras want it so.
    pub(super) fn svg(&self) -> String {
        let side = self.0.size() + 2 * QUIET;
        let mut path = String::new();
        for (x, y) in self.dark() {
            // Writing to a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
        )
    }

    /// As a PNG in a `data:` URL; `None` where it can't be encoded, which does not happen to a
    /// code.
    pub(super) fn png(&self) -> Option<String> {
        let side = u32::try_from((self.0.size() + 2 * QUIET) * SCALE).ok()?;
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.rows()).ok()?;
        writer.finish().ok()?;
        Some(format!("data:image/png;base64,{}", STANDARD.encode(bytes)))
    }

    fn dark(&self) -> impl Iterator<Item = (i32, i32)> {
        let all = (0..self.0.size()).flat_map(|y| (0..self.0.size()).map(move |x| (x, y)));
        all.filter(|(x, y)| self.0.get_module(*x, *y))
    }

    /// Eight pixels a byte, each row in bytes of its own; 1 is white.
    fn rows(&self) -> Vec<u8> {
        let side = (self.0.size() + 2 * QUIET) * SCALE;
        let is_light = |x: i32, y: i32| !self.0.get_module(x / SCALE - QUIET, y / SCALE - QUIET);
        let byte =
            |x: i32, y: i32| (x..x + 8).fold(0_u8, |byte, x| byte << 1 | u8::from(is_light(x, y)));
        (0..side).flat_map(|y| (0..side).step_by(8).map(move |x| byte(x, y))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pictures_show_the_same_code() {
        let qr = Qr::of("otpauth://totp/id.example.org:ada?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let (modules, dark) = (qr.0.size(), qr.dark().count());
        assert_eq!(qr.svg().matches("h1v1h-1z").count(), dark);
        let url = qr.png().unwrap();
        let bytes = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let side = usize::try_from((modules + 2 * QUIET) * SCALE).unwrap();
        assert_eq!(pixels.len(), side * side);
        let scale = usize::try_from(SCALE * SCALE).unwrap();
        let light: usize = pixels.iter().map(|pixel| usize::from(*pixel / 255)).sum();
        assert_eq!(pixels.len() - light, dark * scale);
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert!(Qr::of(&"x".repeat(5000)).is_none());
    }
}
