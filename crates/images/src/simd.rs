//! Compiling an inner loop for each vector unit, and choosing at run time.
//!
//! Most is not vectorised by hand: the compiler does it, once it may use what the processor has.

use std::sync::LazyLock;

use fearless_simd::{Level, dispatch};

static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// What this processor has.
pub(crate) fn level() -> Level {
    *LEVEL
}

/// Runs a loop with the widest vectors of this processor. All that it calls must be
/// `#[inline(always)]`; what is not, such as `array::map`, is compiled for the oldest processor and
/// falls out.
#[inline(always)]
pub(crate) fn vectorised<T>(work: impl FnOnce() -> T) -> T {
    dispatch!(level(), _simd => work())
}
