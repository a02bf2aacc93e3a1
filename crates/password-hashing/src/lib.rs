//! How passwords are hashed and compared, and which ones are too weak.
//!
//! They are normalized (NFKC), hashed with the installation's key and then with Argon2id, on
//! threads of the lowest priority with a short queue, so that a flood of sign-ins slows down
//! sign-ins only.

mod common_passwords;
mod hashing;
mod record;
mod rule;
#[cfg(test)]
mod tests;

pub use hashing::{PasswordCheck, PasswordContext, PasswordError, PasswordSettings, Passwords};
pub use record::HashCost;
pub use rule::{REMEMBERED, WeakPassword};
