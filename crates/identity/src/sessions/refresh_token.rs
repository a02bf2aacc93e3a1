//! Refresh tokens: `{session}.{generation}.{mac}.{user}`.
//!
//! A token is derived from the session's random seed, its generation and the installation's key. So
//! the store holds no usable token, and a spent token can be told from a forged one: only a genuine
//! one ends its session, else anyone with a session id could end it.

use selfsame_primitives::{Keys, Secret, SessionId, UserId, base64url, same_secret};

use selfsame_users::records::Session;

const PURPOSE: &str = "refresh-token";

/// A refresh token as received, not verified.
#[derive(Clone, Debug)]
pub(super) struct RefreshToken {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) generation: u64,
    mac: Secret,
}

impl RefreshToken {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let session = SessionId::parse(parts.next()?).ok()?;
        let generation = canonical(parts.next()?)?;
        let mac = Secret::new(parts.next()?);
        // The user comes last: ids of other issuers may contain dots.
        let user = UserId::parse(parts.next()?).ok()?;
        Some(Self { user, session, generation, mac })
    }

    /// Whether it was issued for `session`, in this or an earlier generation.
    pub(super) fn is_genuine(&self, session: &Session, keys: &Keys) -> bool {
        let expected = mac(&self.user, session, self.generation, keys);
        same_secret(self.mac.expose().as_bytes(), expected.as_bytes())
            && (1..=session.generation).contains(&self.generation)
    }
}

/// Parses a number in its canonical form only: each token has exactly one spelling.
fn canonical(digits: &str) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

/// The current refresh token of `session`.
pub(super) fn current(user: &UserId, session: &Session, keys: &Keys) -> String {
    let (id, generation) = (&session.id, session.generation);
    format!("{id}.{generation}.{}.{user}", mac(user, session, generation, keys))
}

fn mac(user: &UserId, session: &Session, generation: u64, keys: &Keys) -> String {
    let parts: [&[u8]; 4] = [
        user.as_str().as_bytes(),
        session.id.as_str().as_bytes(),
        session.seed.as_bytes(),
        &generation.to_le_bytes(),
    ];
    base64url(keys.hash(PURPOSE, &parts))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use selfsame_primitives::Timestamp;

    use super::*;

    fn session(generation: u64) -> Session {
        Session {
            id: SessionId::parse("01JD3Z5K8QW4N6R7T9V2X0Y1AB").unwrap(),
            device: None,
            ip: None,
            created_at: Timestamp::default(),
            last_seen_at: Timestamp::default(),
            seed: "c2VlZA".into(),
            generation,
            client_kind: None,
            repeats: 0,
            cookie: false,
            reauthenticated_at: None,
        }
    }

    #[test]
    fn a_token_is_genuine_for_its_own_session_and_generation_only() {
        let (keys, user) = (Keys::from_master(&[7; 32]), UserId::parse("a.b|c").unwrap());
        let token = RefreshToken::parse(&current(&user, &session(2), &keys)).unwrap();
        assert_eq!((token.user.as_str(), token.generation), ("a.b|c", 2));
        assert!(token.is_genuine(&session(2), &keys));
        assert!(token.is_genuine(&session(3), &keys), "spent, but once given out");
        assert!(!token.is_genuine(&session(1), &keys), "not given out yet");
        assert!(!token.is_genuine(&session(2), &Keys::from_master(&[8; 32])));
        assert!(!token.is_genuine(&Session { seed: "b3RoZXI".into(), ..session(2) }, &keys));
    }

    #[test]
    fn a_generation_has_one_spelling() {
        let (keys, user) = (Keys::from_master(&[7; 32]), UserId::parse("ada").unwrap());
        let token = current(&user, &session(1), &keys);
        assert!(RefreshToken::parse(&token).is_some());
        for spelling in ["+1", "01", "1 ", "-1", "1.0", "\u{661}", ""] {
            let other = token.replacen(".1.", &format!(".{spelling}."), 1);
            let genuine = RefreshToken::parse(&other)
                .is_some_and(|token| token.is_genuine(&session(1), &keys));
            assert!(!genuine, "{spelling}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_parsed_without_panic(text in "[ -~]{0,80}|([0-9A-Za-z]{1,26}\\.){2}[0-9a-z.|]{0,40}") {
            let keys = Keys::from_master(&[7; 32]);
            let genuine = RefreshToken::parse(&text).is_some_and(|token| token.is_genuine(&session(9), &keys));
            prop_assert!(!genuine);
        }
    }
}
