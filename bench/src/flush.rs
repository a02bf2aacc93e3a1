//! How often this disk makes 4 kB durable: one append and one fdatasync at a time.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::load::Failure;

/// Flushes per second over `duration`, in the folder `data`.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
pub(crate) fn rate(data: &Path, duration: Duration) -> Result<f64, Failure> {
    let path = data.join("flush");
    let mut file = File::create(&path)?;
    let begin = Instant::now();
    let mut flushes = 0_u64;
    while begin.elapsed() < duration {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        flushes += 1;
    }
    let rate = flushes as f64 / begin.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
