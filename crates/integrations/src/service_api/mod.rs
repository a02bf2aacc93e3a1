//! The API for other services, each within the scopes of its token.

pub mod activity;
mod alias;
pub mod audit;
pub mod badges;
mod http;
mod idempotency;
mod profiles;
pub mod reinstate;
pub mod stats;
pub mod suspend;
#[cfg(test)]
mod tests;
mod users;

pub use alias::{AliasBearer, AliasResolved};
pub use http::FEATURE;
pub use profiles::Profiles;
pub use users::FoundUser;
