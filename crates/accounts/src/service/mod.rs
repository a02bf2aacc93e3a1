//! What other services may ask, each within the scopes of its token.

mod alias;
mod caller;
mod http;
mod profiles;
#[cfg(test)]
mod tests;
mod users;

pub use alias::{AliasBearer, AliasResolved};
pub use caller::ServiceCaller;
pub use http::FEATURE;
pub use profiles::Profiles;
pub use users::FoundUser;
