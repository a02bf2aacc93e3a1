//! A passkey that is shown to get in, or to show who it is.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{UserId, from_base64url};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Problem};

use super::challenge::CeremonyPurpose;
use super::credential::{Assertion, CeremonyResponse};
use super::record::Passkey;
use super::relying_party::RelyingParty;
use crate::Identity;
use selfsame_security_signals::PasskeyCopied;

/// A passkey that was shown, read as far as that is possible without the store.
pub(crate) struct ParsedAssertion {
    /// Who it says it belongs to; not yet believed.
    user: Option<UserId>,
    /// Of the passkey.
    id: String,
    answer: CeremonyResponse,
    signature: Vec<u8>,
}

impl ParsedAssertion {
    /// Reads what answers a challenge that was given out for `purpose`.
    pub(crate) fn read(
        identity: &Identity,
        assertion: &Assertion,
        purpose: CeremonyPurpose<'_>,
    ) -> Result<Self, Problem> {
        let party = RelyingParty::of(&identity.platform.urls)?;
        let (answer, signature) = assertion.read(identity, &party, purpose).ok_or_else(refused)?;
        let credential = from_base64url(&assertion.raw_id).ok_or_else(refused)?;
        let handle = assertion.response.user_handle.as_deref().and_then(from_base64url);
        let user = handle.and_then(|handle| UserId::parse(std::str::from_utf8(&handle).ok()?).ok());
        Ok(Self {
            user,
            id: Passkey::id_of(&identity.platform.keys, &credential),
            answer,
            signature,
        })
    }

    /// Who it says it belongs to.
    pub(crate) fn user(&self) -> Result<UserId, Problem> {
        self.user.clone().ok_or_else(refused)
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self, user: &UserId) -> [Key; 2] {
        [Passkey::key(user, &self.id), self.answer.challenge.key(user)]
    }

    /// Whether it is a passkey of `user`'s that answers a challenge for the first time; notes that
    /// together with `changes`.
    pub(crate) fn accept(
        &self,
        changes: Changes,
        loaded: &Loaded,
        user: &UserId,
    ) -> Result<(Changes, bool), StoreError> {
        let key = Passkey::key(user, &self.id);
        let passkey = loaded.get::<Passkey>(&key)?.filter(|passkey| self.is_by(passkey, user));
        let Some(mut passkey) = passkey else { return Ok((changes, false)) };
        if self.answer.challenge.is_spent(loaded, user)? {
            return Ok((changes, false));
        }
        let changes = self.answer.challenge.spend(changes, user);
        if !self.counts_on(&passkey) {
            return Ok((changes.emit(&PasskeyCopied { passkey_id: passkey.id }), false));
        }
        passkey.sign_count = self.answer.data.sign_count;
        passkey.can_be_backed_up = Some(self.answer.data.can_be_backed_up());
        passkey.backed_up = self.answer.data.is_backed_up();
        passkey.last_used_at = Some(loaded.now());
        Ok((changes.put(key, &passkey), true))
    }

    /// Whether it is `passkey`, of `user`: by its signature, and by what never changes of it (§7.2
    /// step 19).
    fn is_by(&self, passkey: &Passkey, user: &UserId) -> bool {
        self.user.as_ref().is_none_or(|named| named == user)
            && passkey.can_be_backed_up.is_none_or(|can| can == self.answer.data.can_be_backed_up())
            && passkey.public_key.verifies(&self.answer.message, &self.signature)
    }

    /// Whether the counter goes up, where the authenticator counts: else somebody has a copy
    /// (§6.1.1).
    fn counts_on(&self, passkey: &Passkey) -> bool {
        let counted = self.answer.data.sign_count;
        counted > passkey.sign_count || (counted == 0 && passkey.sign_count == 0)
    }
}

/// The passkey is not known, or does not answer what was asked: never said which.
pub(crate) fn refused() -> Problem {
    Problem::new(Code::InvalidCredentials, Detail::PasskeyRefused)
}
