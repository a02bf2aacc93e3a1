//! From a picture to the bytes that are served.

mod jpeg;

use image_webp::{ColorType, WebPEncoder};

use crate::error::PictureError;
use crate::format::Format;
use crate::picture::Picture;

/// One finished file. It carries no metadata at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type: `image/jpeg`, or `image/webp` for pictures with transparency.
    pub mime: &'static str,
    /// Its file name extension, without a dot.
    pub extension: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

pub(crate) fn encode(picture: &Picture) -> Result<Encoded, PictureError> {
    let (width, height) = picture.size();
    let (format, bytes) = match picture {
        Picture::Opaque { luma, chroma } => (Format::Jpeg, jpeg::encode(luma, chroma.as_ref())),
        Picture::Alpha(_) => (Format::WebP, webp(picture)?),
    };
    let (mime, extension) = (format.mime(), format.extension());
    Ok(Encoded { bytes, mime, extension, width: width as u32, height: height as u32 })
}

fn webp(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let (width, height) = picture.size();
    let mut bytes = Vec::new();
    WebPEncoder::new(&mut bytes)
        .encode(&picture.to_rgba(), width as u32, height as u32, ColorType::Rgba8)
        .map_err(|_| PictureError::Invalid("it can't be written as WebP"))?;
    Ok(bytes)
}
