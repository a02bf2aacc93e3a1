//! The picture a user shows: checked, stripped of everything it could tell, in three sizes under names that nobody can
//! guess. A picture that is replaced, removed or shown to fewer people loses its old addresses.

mod form;
mod http;
mod names;
mod pipeline;
mod pool;
mod problem;
mod rename;
mod rule;
mod serve;
mod settings;
#[cfg(test)]
mod tests;

pub use http::{AvatarView, FEATURE};
pub use pipeline::{Format, Pictures};
pub use rename::{Renamed, fresh_names};
pub use rule::{AvatarRemoved, AvatarUpdated};
pub use settings::PictureSettings;
