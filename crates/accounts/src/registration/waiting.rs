//! Accounts that wait for their address to be shown: gone after a week, unless that happens.

use std::time::Duration;

use selfsame_basics::Username;
use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_items::{Key, StoreError};

use super::facts::{Registered, Way};
use crate::otp::Holder;
use crate::populations::put_profile;
use crate::records::Profile;
use crate::{Account, App, Claim};

/// How long an account waits. Everything that is written about it expires then.
pub(super) const WAITS: Duration = Duration::from_hours(7 * 24);

/// What has to be written again so that an account stays that waited, as it was found before the rule.
pub(crate) struct Waiting {
    holder: Holder,
    username: Option<Username>,
    claims: Vec<Key>,
}

impl Waiting {
    /// What `holder` has, if their account waits; else nothing will be done.
    pub(crate) fn of(app: &App, holder: &Holder) -> Self {
        let account = holder.account.as_ref().filter(|_| holder.is_pending);
        let username = account.and_then(|account| account.username.clone());
        let email = account.and_then(|account| account.email.as_ref());
        let names = username.iter().flat_map(|name| app.username_claims(name));
        let claims = names.chain(email.map(|email| app.email_claim(email))).collect();
        Self { holder: holder.clone(), username, claims }
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let own = [self.holder.account_key(), Profile::key(&self.holder.user)];
        own.into_iter().chain(self.claims.iter().cloned()).collect()
    }

    /// `changes`, by which an account that waited works and stays, and the fact that somebody became a user: nobody has heard of
    /// them before. The account itself is left to whoever changes it. `None` where somebody has registered anew meanwhile.
    pub(crate) fn settle(&self, changes: Changes, loaded: &Loaded) -> Result<Option<Changes>, StoreError> {
        let user = &self.holder.user;
        let head = loaded.get::<Head>(&Head::key(user))?.unwrap_or_default();
        if head.status != Status::Pending {
            return Ok(Some(changes));
        }
        let account = loaded.get::<Account>(&self.holder.account_key())?;
        let username = account.and_then(|account| account.username);
        if !self.holder.is_pending || username != self.username {
            return Ok(None);
        }
        let claim = Claim::of(user.clone());
        let changes = self.claims.iter().fold(changes, |changes, key| changes.put(key.clone(), &claim));
        let changes = match loaded.get::<Profile>(&Profile::key(user))? {
            Some(profile) => put_profile(changes, user, &profile),
            None => changes,
        };
        let told = Registered { way: Way::Password, username, issuer: None };
        Ok(Some(changes.status(Status::Active).tell(&told)))
    }
}
