//! How sessions begin, go on and end.

use std::time::Duration;

use selfsame_basics::{Keys, SessionId, Timestamp, UserId};
use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_items::StoreError;
use serde_json::{Map, json};

use super::facts::{Ending, SecurityAlert, SessionEnded};
use super::record::Session;
use super::refresh_token::RefreshToken;

/// A refresh token that was just spent is answered once more within this time, with the token that it was spent for.
///
/// An answer that is lost on the way, or two tabs that refresh at once, must not sign anybody out. It is safe, since the
/// answer gives no new token: a thief and the owner then hold the same one, and whoever of them uses it second, after the
/// other, is caught by the next refresh but one at the latest.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// What a refresh came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refreshed {
    /// The session goes on.
    Continues(Session),
    /// The token is not good.
    Refused,
    /// A spent token came again; the session has ended.
    Reused,
}

/// Who refreshes.
pub(super) struct Refresher<'r> {
    pub(super) token: &'r RefreshToken,
    pub(super) ip: String,
    pub(super) lifetime: Duration,
    pub(super) keys: &'r Keys,
}

/// Spends a refresh token.
pub(super) fn refresh(loaded: &Loaded, by: &Refresher<'_>) -> Result<(Changes, Refreshed), StoreError> {
    let (token, now) = (by.token, loaded.now());
    let key = Session::key(&token.user, &token.session);
    let works =
        loaded.get::<Head>(&Head::key(&token.user))?.is_some_and(|head| head.status == Status::Active);
    let session = loaded.get::<Session>(&key)?.filter(|session| works && token.is_genuine(session, by.keys));
    let Some(mut session) = session else { return Ok((Changes::none(), Refreshed::Refused)) };
    if token.generation == session.generation {
        session.generation += 1;
        session.last_seen_at = now;
        session.ip = Some(by.ip.clone());
        let changes = Changes::none().put_until(key, &session, now.plus(by.lifetime));
        return Ok((changes, Refreshed::Continues(session)));
    }
    if is_repeated(token, &session, now) {
        return Ok((Changes::none(), Refreshed::Continues(session)));
    }
    let evidence = Map::from_iter([("sessionId".to_owned(), json!(session.id))]);
    let alert = SecurityAlert { kind: "token_reuse", risk: 90, evidence };
    let changes = end(loaded, &token.user, &token.session, Ending::TokenReuse)?.tell(&alert);
    Ok((changes, Refreshed::Reused))
}

fn is_repeated(token: &RefreshToken, session: &Session, now: Timestamp) -> bool {
    token.generation + 1 == session.generation && now.since(session.last_seen_at) < GRACE
}

/// Ends a session; no change where it has ended already.
pub(super) fn end(
    loaded: &Loaded,
    user: &UserId,
    id: &SessionId,
    reason: Ending,
) -> Result<Changes, StoreError> {
    end_with(Changes::none(), loaded, user, id, reason)
}

/// Ends a session together with `changes`.
pub(crate) fn end_with(
    changes: Changes,
    loaded: &Loaded,
    user: &UserId,
    id: &SessionId,
    reason: Ending,
) -> Result<Changes, StoreError> {
    let key = Session::key(user, id);
    if loaded.get::<Session>(&key)?.is_none() {
        return Ok(changes);
    }
    Ok(changes.delete(key).tell(&SessionEnded { session_id: id.clone(), reason }))
}

/// Ends the session of a refresh token, spent or not, that was once given out.
pub(super) fn end_by(loaded: &Loaded, token: &RefreshToken, keys: &Keys) -> Result<Changes, StoreError> {
    let session = loaded.get::<Session>(&Session::key(&token.user, &token.session))?;
    if session.is_none_or(|session| !token.is_genuine(&session, keys)) {
        return Ok(Changes::none());
    }
    end(loaded, &token.user, &token.session, Ending::Logout)
}
