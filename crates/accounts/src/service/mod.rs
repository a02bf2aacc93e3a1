//! What other services may ask, each within the scopes of its token.

pub mod activity;
mod alias;
mod asker;
pub mod audit;
pub mod badges;
mod caller;
pub(crate) mod checked;
mod http;
mod once;
mod profiles;
mod receipt;
pub mod reinstate;
mod standing;
pub mod stats;
pub mod suspend;
#[cfg(test)]
mod tests;
mod users;

pub use alias::{AliasBearer, AliasResolved};
pub use asker::Asker;
pub use caller::ServiceCaller;
pub use http::FEATURE;
pub use profiles::Profiles;
pub(crate) use receipt::Receipt;
pub use standing::{Standing, Suspension};
pub use users::FoundUser;
