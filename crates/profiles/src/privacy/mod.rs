//! Who sees what: one level per field, in force the moment it is answered.

mod http;
mod rule;
#[cfg(test)]
mod tests;

pub use http::{FEATURE, PrivacyUpdated};
pub use rule::PrivacyUpdate;
