//! The activation of a pending registration, with exactly the details that its code was mailed for.

use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_primitives::{UserId, Username};
use selfsame_store::{Key, StoreError};

use super::record::{Found, Kept};
use super::rule::RegisterUser;
use crate::Identity;
use crate::otp::OtpSubject;
use selfsame_users::{records::Account, records::Claim};

/// Prepared before the rule, which stays pure.
pub(crate) struct Activation {
    new: RegisterUser,
    registration_key: Key,
    request: String,
    /// The head of the user with the claim on the address: an earlier version made one for pending
    /// accounts.
    claimant_head: Key,
}

impl Activation {
    /// The activation of `found` at the address of `subject`.
    pub(crate) fn of(identity: &Identity, subject: &OtpSubject, found: Found) -> Self {
        let registration_key = Kept::key(subject, &found.request);
        let user = UserId::generate(identity.platform.now(), &*identity.platform.random);
        let new = RegisterUser::new(&identity.users, user, found.details);
        Self {
            new,
            registration_key,
            request: found.request,
            claimant_head: Head::key(&subject.user),
        }
    }

    /// The new user.
    pub(crate) const fn user(&self) -> &UserId {
        &self.new.user
    }

    /// The keyed hash of the registration's id.
    pub(crate) fn request(&self) -> &str {
        &self.request
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys = self.new.keys();
        keys.extend([self.registration_key.clone(), self.claimant_head.clone()]);
        keys
    }

    /// `changes` with the account and its verified address; returns the username, none where it was
    /// taken meanwhile. `None` where the registration is gone, or the address has an account.
    pub(crate) fn activate(
        &self,
        changes: Changes,
        loaded: &Loaded,
    ) -> Result<Option<(Changes, Option<Username>)>, StoreError> {
        let claimed = loaded.get::<Claim>(&self.new.email_claim)?.is_some();
        let waits = || {
            let head = loaded.get::<Head>(&self.claimant_head)?;
            Ok::<_, StoreError>(head.is_some_and(|head| head.status == Status::Pending))
        };
        if !loaded.has(&self.registration_key)? || (claimed && !waits()?) {
            return Ok(None);
        }
        let now = loaded.now();
        let is_free = !loaded.has_any(&self.new.username_claims)?;
        let account = self.new.account(now);
        let username = account.username.clone().filter(|_| is_free);
        let account = Account { email_verified: true, username: username.clone(), ..account };
        let changes = self.new.put(changes, &account, now).delete(self.registration_key.clone());
        Ok(Some((changes, username)))
    }
}
