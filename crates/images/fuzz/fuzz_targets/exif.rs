//! EXIF of any bytes in a picture that is good: never a reason to refuse it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_images_fuzz::{recipe, run, with_segment};

fuzz_target!(|bytes: &[u8]| {
    let exif = [b"Exif\0\0", bytes].concat();
    let jpeg = with_segment(include_bytes!("../carriers/rgb.jpg"), 0xe1, &exif);
    let outputs = run(&jpeg, &recipe(0)).expect("a good picture");
    assert!([(16, 12), (12, 16)].contains(&(outputs.width, outputs.height)));
});
