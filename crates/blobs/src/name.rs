//! Names of blobs: checked once, so that none can lead anywhere else.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Shortest stem: 128 bits in base 64, so that a name can't be guessed.
const SHORTEST: usize = 22;
/// Longest stem.
const LONGEST: usize = 64;

/// The type of a blob, by its extension: the type that an uploader declares is not trusted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MediaType {
    /// `.jpg`
    Jpeg,
    /// `.png`
    Png,
    /// `.gif`
    Gif,
    /// `.webp`
    WebP,
}

impl MediaType {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Jpeg, Self::Png, Self::Gif, Self::WebP];

    /// The extension, without a dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
        }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    pub(crate) fn of(extension: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.extension() == extension)
    }
}

/// `{folder}/{stem}.{extension}`, e.g. `avatars/3q2-7wAAAAAAAAAAAAAAAA.jpg`: a folder of 1 to 32
/// characters of `a-z`, `0-9` and `-`; a stem of 22 to 64 characters of `A-Z`, `a-z`, `0-9`, `-`
/// and `_`; a known extension.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName {
    text: String,
}

/// Not a name of a blob or an upload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidName;

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not the name of a blob or an upload: a folder, a stem of {SHORTEST} to {LONGEST} characters and a known extension"
        )
    }
}

impl std::error::Error for InvalidName {}

impl BlobName {
    /// Takes in `{folder}/{stem}.{extension}`.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts =
            text.split_once('/').and_then(|(folder, file)| Some((folder, file.split_once('.')?)));
        let (folder, (stem, extension)) = parts.ok_or(InvalidName)?;
        let good = is_folder(folder) && is_stem(stem) && MediaType::of(extension).is_some();
        if good { Ok(Self { text: text.to_owned() }) } else { Err(InvalidName) }
    }

    /// The name of a blob of this kind.
    pub fn new(folder: &str, stem: &str, kind: MediaType) -> Result<Self, InvalidName> {
        Self::parse(&format!("{folder}/{stem}.{}", kind.extension()))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.parts().0
    }

    /// The name within the folder: stem and extension.
    #[must_use]
    pub fn file(&self) -> &str {
        self.parts().1
    }

    /// What kind of blob it names.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        let extension = self.text.rsplit_once('.').map_or("", |(_, extension)| extension);
        MediaType::of(extension).unwrap_or(MediaType::Jpeg)
    }

    fn parts(&self) -> (&str, &str) {
        self.text.split_once('/').unwrap_or_default()
    }
}

/// Whether this can be a folder.
pub(crate) fn is_folder(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

fn is_stem(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for BlobName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for BlobName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_folder_a_file_and_a_kind() {
        let name = BlobName::parse("avatars/abcdefghijklmnopqrst-_.webp").unwrap();
        assert_eq!((name.folder(), name.file()), ("avatars", "abcdefghijklmnopqrst-_.webp"));
        assert_eq!(name.media_type(), MediaType::WebP);
        assert_eq!(BlobName::new("avatars", "abcdefghijklmnopqrst-_", MediaType::WebP), Ok(name));
    }

    #[test]
    fn names_that_could_lead_elsewhere_or_be_guessed_are_refused() {
        let long = format!("avatars/{}.jpg", "a".repeat(65));
        for bad in [
            "",
            "avatars",
            "avatars/",
            "avatars/abcdefghijklmnopqrstuv",
            "avatars/short.jpg",
            &long,
            "../abcdefghijklmnopqrstuv.jpg",
            "avatars/../abcdefghijklmnopqrstuv.jpg",
            "/abcdefghijklmnopqrstuv.jpg",
            "avatars/abcdefghijklmnopqrstuv.exe",
            "avatars/abcdefghijklmnopqrstuv.jpg.exe",
            "Avatars/abcdefghijklmnopqrstuv.jpg",
            "avatars/abcdefghijklmnopqr/tuv.jpg",
            "avatars/abcdefghijklmnopqrst\0v.jpg",
            "avatars/äbcdefghijklmnopqrstuv.jpg",
            "avatars/abcdefghijklmnopqrst%2.jpg",
            "avatars\\abcdefghijklmnopqrstuv.jpg",
            "avatars/.bcdefghijklmnopqrstuv.jpg",
        ] {
            assert_eq!(BlobName::parse(bad), Err(InvalidName), "{bad}");
        }
    }
}
