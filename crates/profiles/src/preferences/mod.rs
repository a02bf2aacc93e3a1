//! A user's preferences: theme, language, notifications, and what others may do.

mod http;
mod rule;
#[cfg(test)]
mod tests;

pub use http::{FEATURE, PreferencesUpdated};
pub use rule::PreferencesUpdate;
