//! The challenge of a sign-in: the password was right, the second factor is missing.

use std::time::Duration;

use selfsame_events::{Changes, user_key};
use selfsame_primitives::{Keys, Timestamp, UserId, new_ulid};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::sessions::RefreshTokenTransport;

/// How long a challenge is valid.
const WAITS: Duration = Duration::from_mins(5);
/// Wrong codes that one challenge takes. It bounds guessing per right password; the factor's own
/// count bounds it across challenges.
const TRIES: u8 = 5;

/// A pending sign-in, at `challenge/{id}` of its user's partition until it completes or expires.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Challenge {
    /// A keyed hash of the password hash that was compared: a change of the password voids the
    /// challenge.
    password: String,
    /// The hash to store on completion, where the cost has changed.
    pub(super) rehashed: Option<String>,
    /// The device's name: given, or from its `User-Agent`.
    pub(super) device: Option<String>,
    /// Whether the refresh token is given out as a cookie.
    cookie: bool,
    /// How many codes may still be tried.
    tries: u8,
    /// When it expires.
    pub(super) expires_at: Timestamp,
}

impl Record for Challenge {
    const KIND: &'static str = "challenge";
}

impl Challenge {
    pub(super) fn new(
        keys: &Keys,
        now: Timestamp,
        against: &str,
        rehashed: Option<String>,
        device: Option<String>,
        transport: RefreshTokenTransport,
    ) -> Self {
        let cookie = transport == RefreshTokenTransport::Cookie;
        let (password, expires_at) = (mark(keys, against), now.plus(WAITS));
        Self { password, rehashed, device, cookie, tries: TRIES, expires_at }
    }

    pub(super) fn transport(&self) -> RefreshTokenTransport {
        if self.cookie { RefreshTokenTransport::Cookie } else { RefreshTokenTransport::Token }
    }

    /// Whether the password is still the one that was right.
    pub(super) fn is_for(&self, keys: &Keys, password: Option<&str>) -> bool {
        password.is_some_and(|password| mark(keys, password) == self.password)
    }

    /// Takes one try. The last one deletes the challenge: the password must be shown anew.
    pub(super) fn tried(mut self, changes: Changes, key: Key) -> Changes {
        self.tries = self.tries.saturating_sub(1);
        if self.tries == 0 {
            changes.delete(key)
        } else {
            changes.put_until(key, &self, self.expires_at)
        }
    }
}

fn mark(keys: &Keys, password: &str) -> String {
    keys.name("challenge", &[password.as_bytes()])
}

/// The id of a challenge: `{id}.{user}`. The 80 random bits of `id` are the only secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ChallengeId {
    id: String,
    pub(super) user: UserId,
}

impl ChallengeId {
    pub(super) fn generate(identity: &Identity, user: &UserId) -> Self {
        Self {
            id: new_ulid(identity.platform.now(), &*identity.platform.random),
            user: user.clone(),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        // The user comes last: ids of other issuers may contain dots.
        let (id, user) = text.split_once('.')?;
        let is_id = id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_id
            .then(|| UserId::parse(user).ok().map(|user| Self { id: id.to_owned(), user }))
            .flatten()
    }

    pub(super) fn key(&self) -> Key {
        user_key(&self.user, format!("challenge/{}", self.id))
    }
}

impl std::fmt::Display for ChallengeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.id, self.user)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        let text = "01JD3Z5K8QW4N6R7T9V2X0Y1AB.auth0|a.b";
        let id = ChallengeId::parse(text).unwrap();
        assert_eq!((id.to_string().as_str(), id.user.as_str()), (text, "auth0|a.b"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_parsed_without_panic(text in "[ -~]{0,60}|[0-9A-Z]{25,27}\\.[a-z./ ]{0,20}") {
            if let Some(id) = ChallengeId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Challenge>();
    }
}
