//! Names of uploads: checked once, so that none can lead anywhere else.

use std::fmt;

use crate::{InvalidName, MediaType};

/// Lengths of a stem. Its secrecy protects nothing: what is uploaded is never served.
const STEM: std::ops::RangeInclusive<usize> = 8..=64;

/// `uploads/profile-images/{stem}.{extension}`, e.g. `uploads/profile-images/aB3cD4eF.jpg`: a stem
/// of 8 to 64 characters of `A-Z`, `a-z`, `0-9`, `-` and `_`; a known extension. Also the key of
/// the object in a bucket.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadName {
    text: String,
}

impl UploadName {
    /// Where uploads stand in a bucket.
    pub(crate) const FOLDER: &'static str = "uploads/profile-images/";

    /// Takes in a whole name.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let file = text
            .strip_prefix(Self::FOLDER)
            .and_then(|file| file.split_once('.'))
            .ok_or(InvalidName)?;
        let good = is_stem(file.0) && MediaType::of(file.1).is_some();
        if good { Ok(Self { text: text.to_owned() }) } else { Err(InvalidName) }
    }

    /// The name of an upload of this kind.
    pub fn new(stem: &str, kind: MediaType) -> Result<Self, InvalidName> {
        Self::parse(&format!("{}{stem}.{}", Self::FOLDER, kind.extension()))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands between the folder and the extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.file().split_once('.').map_or("", |(stem, _)| stem)
    }

    /// The declared type. Decoding shows the real one.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        let extension = self.file().split_once('.').map_or("", |(_, extension)| extension);
        MediaType::of(extension).unwrap_or(MediaType::Jpeg)
    }

    /// The name of what stands in the folder as `file`.
    pub(crate) fn of_file(file: &str) -> Result<Self, InvalidName> {
        Self::parse(&format!("{}{file}", Self::FOLDER))
    }

    /// Stem and extension.
    pub(crate) fn file(&self) -> &str {
        self.text.strip_prefix(Self::FOLDER).unwrap_or_default()
    }
}

fn is_stem(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    STEM.contains(&text.len()) && text.bytes().all(fits)
}

impl fmt::Display for UploadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for UploadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_stem_and_a_kind() {
        let name = UploadName::parse("uploads/profile-images/aB3c-4_F.webp").unwrap();
        assert_eq!((name.stem(), name.media_type()), ("aB3c-4_F", MediaType::WebP));
        assert_eq!(UploadName::new("aB3c-4_F", MediaType::WebP), Ok(name));
    }

    #[test]
    fn names_that_could_lead_elsewhere_are_refused() {
        let long = format!("uploads/profile-images/{}.jpg", "a".repeat(65));
        for bad in [
            "",
            "aB3cD4eF.jpg",
            "uploads/profile-images/",
            "uploads/profile-images/aB3cD4eF",
            "uploads/profile-images/aB3cD4e.jpg",
            &long,
            "/uploads/profile-images/aB3cD4eF.jpg",
            "uploads/profile-images/../aB3cD4eF.jpg",
            "uploads/profile-images/aB3cD4eF/x.jpg",
            "uploads/profile-images/.aB3cD4eF.jpg",
            "uploads/profile-images/aB3cD4eF.exe",
            "uploads/profile-images/aB3cD4eF.jpg.exe",
            "uploads/profile-images/aB3cD4e\0.jpg",
            "uploads/profile-images/aB3cD4eä.jpg",
            "uploads/profile-images/${filename}.jpg",
            "Uploads/profile-images/aB3cD4eF.jpg",
        ] {
            assert_eq!(UploadName::parse(bad), Err(InvalidName), "{bad}");
        }
    }
}
