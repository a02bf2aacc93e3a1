//! Who has shown a short time ago that it is them: what sensitive acts ask for.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::request::Parts;
use selfsame_basics::Timestamp;
use selfsame_events::{Changes, Loaded};
use selfsame_items::{StoreError, decode};
use selfsame_web::{Code, Detail, Problem};

use super::record::Session;
use crate::{App, SignedIn};

/// A proof holds for so long (SPEC: step-up).
const HOLDS: Duration = Duration::from_mins(10);

/// A signed-in user who has signed in, or shown anew who they are, in this session and at most ten minutes ago. Anybody else
/// is refused with `reauthentication_required`: an access token alone, stolen or left open on a screen, is not enough.
#[derive(Clone, Debug)]
pub struct Recent(pub SignedIn);

impl FromRequestParts<Arc<App>> for Recent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Self::of(app, SignedIn::from_request_parts(parts, app).await?).await
    }
}

impl Recent {
    /// `caller`, if the proof is there; for requests that only need one for some of what they ask.
    pub(crate) async fn of(app: &App, caller: SignedIn) -> Result<Self, Problem> {
        let session = session(app, &caller).await?.ok_or_else(refusal)?;
        let is_recent = app.now().since(session.proven_at()) < HOLDS;
        is_recent.then_some(Self(caller)).ok_or_else(refusal)
    }
}

/// Tokens of other issuers have no session here, and so no proof.
async fn session(app: &App, caller: &SignedIn) -> Result<Option<Session>, Problem> {
    let Some(id) = &caller.session else { return Ok(None) };
    let item = app.store.get(&Session::key(caller.id(), id)).await?;
    Ok(item.map(|item| decode(&item.body)).transpose().map_err(StoreError::from)?)
}

fn refusal() -> Problem {
    Problem::new(Code::ReauthenticationRequired, Detail::ConfirmIdentity)
}

/// Notes that the caller has shown who they are; the answer is until when that holds.
pub(crate) async fn note_proof(app: &App, caller: &SignedIn) -> Result<Timestamp, Problem> {
    let id = caller.session.as_ref().ok_or_else(foreign)?;
    let (key, lifetime) = (Session::key(caller.id(), id), app.settings.tokens.session);
    let decide = |loaded: &Loaded| {
        let mut session = loaded.get::<Session>(&key)?.ok_or_else(Problem::unauthenticated)?;
        session.reauthenticated_at = Some(loaded.now());
        let until = session.last_seen_at.plus(lifetime);
        Ok::<_, Problem>((Changes::none().put_until(key.clone(), &session, until), loaded.now()))
    };
    let at = app.journal.change(caller.id(), std::slice::from_ref(&key), &caller.origin(), decide).await?;
    Ok(at.plus(HOLDS))
}

fn foreign() -> Problem {
    Problem::new(Code::Conflict, Detail::ForeignSession)
}
