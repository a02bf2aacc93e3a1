//! Privacy settings: one level per field, in force the moment the change is answered.

mod http;
mod rule;
#[cfg(test)]
mod tests;

pub use http::{FEATURE, PrivacyUpdated};
pub use rule::PrivacyUpdate;
