//! The installation of a store: the fingerprint of its master key, and the time of a restore.
//!
//! With another key nothing fails visibly: claims have other names, so every user is unknown and
//! could register again. So every start, and every command, checks the fingerprint first (decision
//! 0036).

mod check;
mod record;
mod restore;

pub use check::{KeyError, adopt, begin, check_key, fingerprint};
pub use record::Installation;
pub use restore::{Voided, make_void};
