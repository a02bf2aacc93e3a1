//! ICC profiles of any bytes in pictures that are good, of three colour spaces: never a reason to
//! refuse them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_images_fuzz::{recipe, run, with_segment};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, profile)) = bytes.split_first() else { return };
    let carrier = match choice % 3 {
        0 => include_bytes!("../carriers/rgb.jpg").as_slice(),
        1 => include_bytes!("../carriers/grey.jpg"),
        _ => include_bytes!("../carriers/cmyk.jpg"),
    };
    let segment = [b"ICC_PROFILE\0\x01\x01", profile].concat();
    let outputs = run(&with_segment(carrier, 0xe2, &segment), &recipe(0)).expect("a good picture");
    assert_eq!((outputs.width, outputs.height), (16, 12));
});
