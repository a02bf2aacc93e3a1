//! Which installation a store belongs to: the key that everything in it hangs on, and whether it
//! was restored.
//!
//! With another key nothing breaks loudly: addresses have other names, so whoever has an account is
//! unknown and may register again. So every start, and every command, looks here first.

mod check;
mod record;
mod restore;

pub use check::{KeyError, adopt, begin, check_key, fingerprint};
pub use record::Installation;
pub use restore::{Voided, make_void};
