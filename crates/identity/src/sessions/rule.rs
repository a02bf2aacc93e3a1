//! The rules for refreshing and ending sessions.

use std::time::Duration;

use selfsame_events::{Changes, ClientAddress, Head, Loaded, Status};
use selfsame_primitives::{Keys, SessionId, UserId};
use selfsame_store::{Key, StoreError};

use super::events::{EndReason, SessionEnded};
use super::refresh_token::RefreshToken;
use selfsame_security_signals::TokenReuse;
use selfsame_users::records::Session;

/// How often the parent of the current token is answered again. A slow line and reloads need some
/// repeats, an honest client not more; a time limit would not do, since lines are down for longer
/// (decision 0044).
pub(super) const REPEATS: u32 = 100;

/// The outcome of a refresh. A reuse is an outcome, not an error: the end of the session must be
/// committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refreshed {
    /// The session goes on.
    Continues(Box<Session>),
    /// The token is not valid.
    Refused,
    /// A spent token was reused; the session has ended.
    Reused,
}

/// The token and the client that refreshes.
pub(super) struct RefreshCaller<'r> {
    pub(super) token: &'r RefreshToken,
    pub(super) ip: ClientAddress,
    /// Browser and system without versions: an update must not sign the user out.
    pub(super) client_kind: String,
    /// Whether the token came as the cookie.
    pub(super) by_cookie: bool,
    pub(super) lifetime: Duration,
    pub(super) keys: &'r Keys,
}

/// The keys to load for [`refresh`], [`end`] and [`end_by`]. The user's head, which [`refresh`]
/// reads, is loaded for every change.
pub(super) fn keys(user: &UserId, id: &SessionId) -> [Key; 1] {
    [Session::key(user, id)]
}

/// Spends a refresh token.
///
/// A spent token stays valid until its successor is used, and is answered with that same successor:
/// a lost answer, an early reload or several tabs must not sign the user out. No second branch of
/// tokens arises: a thief and the owner get the same token, and the second one to use its successor
/// is detected (decision 0044).
pub(super) fn refresh(
    loaded: &Loaded,
    by: &RefreshCaller<'_>,
) -> Result<(Changes, Refreshed), StoreError> {
    let token = by.token;
    let key = Session::key(&token.user, &token.session);
    let works = loaded
        .get::<Head>(&Head::key(&token.user))?
        .is_some_and(|head| head.status == Status::Active);
    let session =
        loaded.get::<Session>(&key)?.filter(|session| works && token.is_genuine(session, by.keys));
    let Some(mut session) = session else { return Ok((Changes::none(), Refreshed::Refused)) };
    if token.generation == session.generation {
        session.generation += 1;
        session.client_kind = Some(by.client_kind.clone());
        session.repeats = 0;
    } else if may_repeat(by, &session) {
        session.repeats += 1;
    } else {
        let reuse = TokenReuse { session_id: session.id };
        let changes = end(loaded, &token.user, &token.session, EndReason::TokenReuse)?.emit(&reuse);
        return Ok((changes, Refreshed::Reused));
    }
    session.last_seen_at = loaded.now();
    session.ip = Some(by.ip.clone());
    let changes = Changes::none().put_until(key, &session, loaded.now().plus(by.lifetime));
    Ok((changes, Refreshed::Continues(Box::new(session))))
}

/// Whether the parent of the current token may be used once more: by the same kind of client, over
/// the transport it was issued for. A cookie that arrives in a body is a copy. Sessions of earlier
/// versions have no client kind.
fn may_repeat(by: &RefreshCaller<'_>, session: &Session) -> bool {
    let is_parent = by.token.generation + 1 == session.generation;
    let is_same_client = session.client_kind.as_ref().is_none_or(|kind| *kind == by.client_kind);
    is_parent && is_same_client && by.by_cookie == session.cookie && session.repeats < REPEATS
}

/// Ends a session; no change where it has ended already.
pub(super) fn end(
    loaded: &Loaded,
    user: &UserId,
    id: &SessionId,
    reason: EndReason,
) -> Result<Changes, StoreError> {
    end_with(Changes::none(), loaded, user, id, reason)
}

/// Ends a session together with `changes`.
pub fn end_with(
    changes: Changes,
    loaded: &Loaded,
    user: &UserId,
    id: &SessionId,
    reason: EndReason,
) -> Result<Changes, StoreError> {
    let key = Session::key(user, id);
    if loaded.get::<Session>(&key)?.is_none() {
        return Ok(changes);
    }
    Ok(changes.delete(key).emit(&SessionEnded { session_id: id.clone(), reason }))
}

/// Ends the session of a refresh token, spent or not, that was once given out.
pub(super) fn end_by(
    loaded: &Loaded,
    token: &RefreshToken,
    keys: &Keys,
) -> Result<Changes, StoreError> {
    let session = loaded.get::<Session>(&Session::key(&token.user, &token.session))?;
    if session.is_none_or(|session| !token.is_genuine(&session, keys)) {
        return Ok(Changes::none());
    }
    end(loaded, &token.user, &token.session, EndReason::Logout)
}
