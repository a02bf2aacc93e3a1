//! The picture a user shows: checked, stripped of everything it could tell, in three sizes under names that nobody can
//! guess. A picture that is replaced, removed or shown to fewer people loses its old addresses.

mod form;
mod http;
mod names;
mod problem;
mod rename;
mod rule;
#[cfg(test)]
mod tests;

pub use http::{AvatarView, FEATURE};
pub use rename::{Renamed, fresh_names};
pub use rule::{AvatarRemoved, AvatarUpdated};
