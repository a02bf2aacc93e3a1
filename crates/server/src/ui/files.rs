//! The embedded files.

use std::collections::HashMap;
use std::sync::OnceLock;

use bytes::Bytes;

use super::File;

/// Path, content, content in gzip.
type Row = (&'static str, &'static [u8], &'static [u8]);

const ROWS: &[Row] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

/// All embedded files by their paths.
#[derive(Debug)]
pub(super) struct Embedded(HashMap<&'static str, File>);

impl Embedded {
    pub(super) fn get() -> &'static Self {
        static FILES: OnceLock<Embedded> = OnceLock::new();
        FILES.get_or_init(|| Self(ROWS.iter().map(|row| (row.0, file(row))).collect()))
    }

    pub(super) fn find(&self, name: &str) -> Option<&File> {
        self.0.get(name)
    }
}

fn file((name, plain, packed): &Row) -> File {
    // A file that does not compress, such as a picture, is sent as it is.
    let packed = (packed.len() < plain.len()).then(|| Bytes::from_static(packed));
    File::new(name, Bytes::from_static(plain), packed)
}

/// The media type of a file by the end of its name.
pub(super) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_interface_has_a_media_type() {
        let without: Vec<_> = ROWS
            .iter()
            .map(|row| row.0)
            .filter(|name| content_type(name) == "application/octet-stream")
            .collect();
        assert!(without.is_empty(), "{without:?}");
        assert!(Embedded::get().find("index.html").is_some());
    }
}
