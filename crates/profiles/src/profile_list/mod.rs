//! Up to five profiles for each user, each with a gallery. The primary one shows the content of
//! `/v1/profile`. All have the visibility of its avatar.

mod create;
mod events;
mod http;
mod rule;
#[cfg(test)]
mod tests;
mod view;

pub use events::{ProfileChanged, ProfileCreated, ProfileDeleted};
pub use http::{DeleteProfileResponse, FEATURE};
pub use rule::{NewProfile, ProfileChange};
pub use view::ProfileView;
