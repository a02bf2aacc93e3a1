//! The whole pipeline. The first byte chooses a recipe.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_images_fuzz::{recipe, run};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let _ = run(bytes, &recipe(*choice));
});
