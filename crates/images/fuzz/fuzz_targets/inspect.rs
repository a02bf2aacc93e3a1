//! Headers of any bytes: an answer at once, and one that keeps its promises.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_images::{Limits, inspect, memory_estimate};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    if let Ok(header) = inspect(bytes, &limits) {
        assert!(header.width.max(header.height) <= limits.side && header.width.min(header.height) > 0);
        assert!(memory_estimate(&header) < 700 << 20);
    }
});
