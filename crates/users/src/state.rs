//! The state of this crate.

use std::fmt;
use std::sync::Arc;

use selfsame_platform::Platform;
use selfsame_primitives::{EmailAddress, Username};
use selfsame_store::Key;

use crate::Claim;
use crate::last_seen::LastSeenWriter;
use crate::user_cache::UserCache;

/// The cache of users, and the keys of what belongs to one user alone.
pub struct Users {
    /// What is beneath.
    pub platform: Arc<Platform>,
    /// Users, ready to be shown.
    pub cache: Arc<UserCache>,
    /// Records when users were last seen; a process that serves requests must run it.
    pub last_seen: LastSeenWriter,
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}

impl Users {
    /// The users in the store of `platform`. `cache` observes its journal's commits.
    #[must_use]
    pub fn new(platform: &Arc<Platform>, cache: Arc<UserCache>) -> Self {
        let last_seen = LastSeenWriter::new(Arc::clone(&platform.journal));
        Self { platform: Arc::clone(platform), cache, last_seen }
    }

    /// The key of the claim on an email address: a keyed hash, so that the store holds no list of
    /// addresses.
    #[must_use]
    pub fn email_claim(&self, email: &EmailAddress) -> Key {
        let name = self.platform.keys.name("email", &[email.canonical().as_bytes()]);
        Key::new(format!("claim/email/{name}"), "claim")
    }

    /// The keys of the claims on a username: one for each form that no other user may have.
    #[must_use]
    pub fn username_claims(&self, username: &Username) -> Vec<Key> {
        username.claimed_forms().iter().map(|form| Claim::username_key(form)).collect()
    }

    /// The same for a user who may have no username.
    #[must_use]
    pub fn claims_of(&self, username: Option<&Username>) -> Vec<Key> {
        username.map(|name| self.username_claims(name)).unwrap_or_default()
    }
}
