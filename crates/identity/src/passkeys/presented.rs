//! The verification of an assertion.

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

/// An assertion, parsed as far as that needs no store.
pub(crate) struct ParsedAssertion {
    /// The claimed user, not verified.
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

    /// The claimed user.
    pub(crate) fn user(&self) -> Result<UserId, Problem> {
        self.user.clone().ok_or_else(refused)
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self, user: &UserId) -> [Key; 2] {
        [Passkey::key(user, &self.id), self.answer.challenge.key(user)]
    }

    /// Whether it is from a passkey of `user` and answers its challenge for the first time; records
    /// that with `changes`.
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

    /// Whether it is from `passkey` of `user`: by its signature, and by the flags that never change
    /// (§7.2 step 19).
    fn is_by(&self, passkey: &Passkey, user: &UserId) -> bool {
        self.user.as_ref().is_none_or(|named| named == user)
            && passkey.can_be_backed_up.is_none_or(|can| can == self.answer.data.can_be_backed_up())
            && passkey.public_key.verifies(&self.answer.message, &self.signature)
    }

    /// Whether the counter increases, where the authenticator counts: else the passkey was copied
    /// (§6.1.1).
    fn counts_on(&self, passkey: &Passkey) -> bool {
        let counted = self.answer.data.sign_count;
        counted > passkey.sign_count || (counted == 0 && passkey.sign_count == 0)
    }
}

/// The passkey is unknown, or does not answer the challenge; the answer does not say which.
pub(crate) fn refused() -> Problem {
    Problem::new(Code::InvalidCredentials, Detail::PasskeyRefused)
}
