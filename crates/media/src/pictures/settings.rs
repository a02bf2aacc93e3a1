//! What an operator decides about pictures.

use super::pipeline::{AcceptedFiles, Format};

/// Which pictures are accepted, what is made of them, and what that may cost.
#[derive(Clone, PartialEq, Debug)]
pub struct PictureSettings {
    /// Which files are taken as avatars; of at most [`PictureSettings::LARGEST`] bytes.
    pub avatars: AcceptedFiles,
    /// The side of the square thumbnail in pixels; `None` makes none.
    pub thumbnail: Option<u32>,
    /// Pictures that are worked on at a time.
    pub threads: usize,
    /// Pictures in the queue; further ones are refused with a retry time.
    pub waiting: usize,
    /// Memory of all pictures that are worked on, in bytes.
    pub memory: u64,
    /// Memory of all files that are arriving or queued, in bytes.
    pub arriving: u64,
}

impl PictureSettings {
    /// The most that any file may be set to have: 32 MiB. Routes take no larger body, whatever is
    /// set.
    pub const LARGEST: usize = 32 << 20;

    /// The format that an operator calls `name`: `jpeg` (or `jpg`), `png`, `gif`, `webp`.
    #[must_use]
    pub fn format_named(name: &str) -> Option<Format> {
        match name {
            "jpeg" | "jpg" => Some(Format::Jpeg),
            "png" => Some(Format::Png),
            "gif" => Some(Format::Gif),
            "webp" => Some(Format::WebP),
            _ => None,
        }
    }
}

impl Default for PictureSettings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            avatars: AcceptedFiles {
                max_bytes: 5 << 20,
                formats: vec![Format::Jpeg, Format::Png, Format::Gif, Format::WebP],
            },
            thumbnail: Some(150),
            threads,
            waiting: 4 * threads,
            memory: 512 << 20,
            arriving: 128 << 20,
        }
    }
}
