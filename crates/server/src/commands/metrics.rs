//! `metrics`: the reference of metrics.

use std::io::Write as _;

use crate::failure::Failure;
use crate::metrics::markdown;

pub(super) fn run() -> Result<(), Failure> {
    Ok(std::io::stdout().lock().write_all(markdown().as_bytes())?)
}
