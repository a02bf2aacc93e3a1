//! Security signals: what requests observe that may be an attack, such as wrong passwords, wrong
//! codes and very many profile reads.
//!
//! Signals are counted in memory, and become events in large numbers. The crate `activity` decides
//! what is an alert.

mod device;
pub mod events;
mod network;
pub mod reads;
mod recording;
pub mod refusals;
mod writer;

pub use device::family;
pub use events::{
    CodeGuessing, Factor, MassProfileReads, PasskeyCopied, SignInsRefused, TokenReuse,
};
pub use network::network;
pub use recording::SecuritySignals;
use selfsame_web::Metric;
pub use writer::SignalWriter;

/// Callers who read very many profiles; counted here, declared by the feature `monitoring`.
pub const MASS_READERS: Metric = Metric::counter(
    "mass_profile_readers",
    "Callers who read more than 600 different profiles within ten minutes, each counted once an hour, by who they are",
    "caller",
    &["user", "anonymous"],
);

/// Whether `count` is `base`, or twice that, or twice that again, and so on.
#[must_use]
pub const fn is_doubling(count: u32, base: u32) -> bool {
    count != 0 && count.is_multiple_of(base) && (count / base).is_power_of_two()
}
