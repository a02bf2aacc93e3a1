//! Files of one format, from headers to outputs.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use selfsame_images::Format;
use selfsame_images_fuzz::run_only;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if run_only(Format::WebP, bytes) { Corpus::Keep } else { Corpus::Reject }
});
