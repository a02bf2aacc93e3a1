//! Stateless challenges: each carries its expiry and a MAC for one purpose. Answering one stores a
//! record in the partition of the user, in the commit that it leads to, so that it is valid once.

use std::time::Duration;

use selfsame_events::{Changes, Loaded, user_key};
use selfsame_primitives::{Keys, Random, SessionId, Timestamp, UserId, same_secret};
use selfsame_store::{Key, Record, StoreError};
use serde::{Deserialize, Serialize};

/// A challenge lasts so long (WebAuthn Level 3 §15.1: 5 to 10 minutes).
pub(super) const LASTS: Duration = Duration::from_mins(5);
const NONCE: usize = 16;

/// The purpose of a challenge.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CeremonyPurpose<'p> {
    /// A new passkey for this user, in this session.
    Register(&'p UserId, &'p SessionId),
    /// A sign-in.
    SignIn,
    /// The second step of the sign-in with this challenge id.
    SecondFactor(&'p str),
    /// A reauthentication of this user in this session.
    Confirm(&'p UserId, &'p SessionId),
}

impl CeremonyPurpose<'_> {
    /// User verification is required, except after a right password: there a touch is enough.
    pub(super) const fn needs_verification(self) -> bool {
        matches!(self, Self::SignIn | Self::Confirm(..))
    }

    fn parts(&self) -> [&[u8]; 3] {
        match self {
            Self::Register(user, session) => {
                [b"register", user.as_str().as_bytes(), session.as_str().as_bytes()]
            }
            Self::SignIn => [b"sign-in", b"", b""],
            Self::SecondFactor(challenge) => [b"second-factor", challenge.as_bytes(), b""],
            Self::Confirm(user, session) => {
                [b"confirm", user.as_str().as_bytes(), session.as_str().as_bytes()]
            }
        }
    }
}

/// A challenge that was given out here and has not expired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Challenge {
    name: String,
    expires_at: Timestamp,
}

/// The record of an answered challenge, at `spent-challenge/{name}` of the user's partition, until
/// it expires.
#[derive(Serialize, Deserialize)]
struct SpentChallenge {}

impl Record for SpentChallenge {
    const KIND: &'static str = "spent-challenge";
}

/// A new challenge: nonce, end, proof.
pub(super) fn issue(
    keys: &Keys,
    random: &dyn Random,
    now: Timestamp,
    purpose: CeremonyPurpose<'_>,
) -> Vec<u8> {
    let (nonce, expires_at) = (random.bytes::<NONCE>(), now.plus(LASTS));
    let end = expires_at.millis().to_be_bytes();
    [&nonce[..], &end, &proof(keys, &nonce, end, purpose)].concat()
}

fn proof(keys: &Keys, nonce: &[u8; NONCE], end: [u8; 8], purpose: CeremonyPurpose<'_>) -> [u8; 32] {
    let [kind, whose, where_from] = purpose.parts();
    keys.hash("passkey-challenge", &[nonce, &end, kind, whose, where_from])
}

impl Challenge {
    /// The challenge behind `bytes`, if it was given out here for `purpose` after `void_before` and
    /// still lasts.
    pub(super) fn read(
        keys: &Keys,
        bytes: &[u8],
        now: Timestamp,
        void_before: Timestamp,
        purpose: CeremonyPurpose<'_>,
    ) -> Option<Self> {
        let (nonce, rest) = bytes.split_first_chunk::<NONCE>()?;
        let (end, shown) = rest.split_first_chunk::<8>()?;
        let expires_at = Timestamp::from_millis(i64::from_be_bytes(*end));
        let is_genuine = same_secret(shown, &proof(keys, nonce, *end, purpose));
        let is_good = now < expires_at && void_before.plus(LASTS) < expires_at;
        (is_genuine && is_good)
            .then(|| Self { name: selfsame_primitives::base64url(nonce), expires_at })
    }

    /// The key of the record that `user` has answered it.
    pub(super) fn key(&self, user: &UserId) -> Key {
        user_key(user, format!("spent-challenge/{}", self.name))
    }

    /// Whether `user` has answered it before.
    pub(super) fn is_spent(&self, loaded: &Loaded, user: &UserId) -> Result<bool, StoreError> {
        loaded.has(&self.key(user))
    }

    /// Records the answer of `user` with `changes`.
    pub(super) fn spend(&self, changes: Changes, user: &UserId) -> Changes {
        changes.put_until(self.key(user), &SpentChallenge {}, self.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::SeededRandom;

    use super::*;

    #[test]
    fn a_challenge_is_good_for_its_purpose_until_its_end() {
        let (keys, now) = (Keys::from_master(&[7; 32]), Timestamp::from_millis(1_800_000_000_000));
        let (ada, eve) = (UserId::parse("ada").unwrap(), UserId::parse("eve").unwrap());
        let session = SessionId::parse("s1").unwrap();
        let purpose = CeremonyPurpose::Confirm(&ada, &session);
        let bytes = issue(&keys, &SeededRandom::new(1), now, purpose);
        let read = |bytes: &[u8], at, purpose| {
            Challenge::read(&keys, bytes, at, Timestamp::default(), purpose).is_some()
        };
        let restored = |at| Challenge::read(&keys, &bytes, now, at, purpose).is_none();
        assert!(
            restored(now) && !restored(now.minus(Duration::from_millis(1))),
            "a restore ends it"
        );
        assert!(read(&bytes, now, purpose));
        assert!(!read(&bytes, now.plus(LASTS), purpose), "its end");
        let others = [
            CeremonyPurpose::Register(&ada, &session),
            CeremonyPurpose::Confirm(&eve, &session),
            CeremonyPurpose::SignIn,
        ];
        assert!(others.into_iter().all(|other| !read(&bytes, now, other)));
        let mut forged = bytes.clone();
        forged[20] ^= 1;
        assert!(!read(&forged, now, purpose), "another end");
        assert!(!read(&bytes[..40], now, purpose));
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::SpentChallenge>();
    }
}
