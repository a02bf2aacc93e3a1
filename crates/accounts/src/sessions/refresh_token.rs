//! Refresh tokens: `{session}.{generation}.{mac}.{user}`.
//!
//! The token of a generation follows from the session's random seed and the installation's keys, so nothing that could be
//! used is stored, and a spent token is told from a made-up one: only a genuine one ends its session, or else whoever knows
//! a session's id could.

use selfsame_basics::{Keys, Secret, SessionId, UserId, base64url, same_secret};

use super::record::Session;

const PURPOSE: &str = "refresh-token";

/// A refresh token that was presented, not yet believed.
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
        let generation = parts.next()?.parse().ok()?;
        let mac = Secret::new(parts.next()?);
        // Last, since ids of users who came from elsewhere may have dots.
        let user = UserId::parse(parts.next()?).ok()?;
        Some(Self { user, session, generation, mac })
    }

    /// Whether it was once given out for `session`.
    pub(super) fn is_genuine(&self, session: &Session, keys: &Keys) -> bool {
        let expected = mac(&self.user, session, self.generation, keys);
        same_secret(self.mac.expose().as_bytes(), expected.as_bytes())
            && (1..=session.generation).contains(&self.generation)
    }
}

/// The refresh token that is good for `session` now.
pub(super) fn current(user: &UserId, session: &Session, keys: &Keys) -> String {
    let (id, generation) = (&session.session_id, session.generation);
    format!("{id}.{generation}.{}.{user}", mac(user, session, generation, keys))
}

fn mac(user: &UserId, session: &Session, generation: u64, keys: &Keys) -> String {
    let parts: [&[u8]; 4] = [
        user.as_str().as_bytes(),
        session.session_id.as_str().as_bytes(),
        session.seed.as_bytes(),
        &generation.to_le_bytes(),
    ];
    base64url(keys.hash(PURPOSE, &parts))
}
