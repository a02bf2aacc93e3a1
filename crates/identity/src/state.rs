//! The state of this crate.

use std::fmt;
use std::sync::Arc;

use selfsame_mail_queue::MailQueue;
use selfsame_password_hashing::Passwords;
use selfsame_platform::Platform;
use selfsame_users::Users;

use crate::login_backoff::LoginBackoff;
use crate::settings::IdentitySettings;
use selfsame_security_signals::SecuritySignals;
use selfsame_tokens::{JwksFetcher, TokenService};

/// The state that the features of this crate share.
pub struct Identity {
    /// The platform.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Where mail goes.
    pub mail: Arc<MailQueue>,
    /// Gives out and verifies tokens.
    pub tokens: TokenService,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Slows down guessing.
    pub(crate) login_backoff: LoginBackoff,
    /// The security signals of requests.
    pub signals: SecuritySignals,
    /// What the operator decided.
    pub settings: IdentitySettings,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// The identities of `users`, who get their codes by `mail`. The keys of other issuers come
    /// from `jwks`.
    #[must_use]
    pub fn new(
        users: &Arc<Users>,
        mail: &Arc<MailQueue>,
        jwks: Arc<dyn JwksFetcher>,
        settings: IdentitySettings,
    ) -> Self {
        let platform = Arc::clone(&users.platform);
        let (keys, random) = (Arc::clone(&platform.keys), Arc::clone(&platform.random));
        let (journal, counters) = (Arc::clone(&platform.journal), Arc::clone(&platform.counters));
        Self {
            tokens: TokenService::new(&platform, jwks, settings.tokens.clone()),
            passwords: Passwords::new(keys, random, settings.passwords.clone()),
            login_backoff: LoginBackoff::default(),
            signals: SecuritySignals::new(journal, counters),
            platform,
            users: Arc::clone(users),
            mail: Arc::clone(mail),
            settings,
        }
    }
}
