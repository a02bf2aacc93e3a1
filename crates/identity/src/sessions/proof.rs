//! Recent authentication, which sensitive routes require.

use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath};
use http::request::Parts;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{SessionId, Timestamp};
use selfsame_store::{StoreError, decode};
use selfsame_web::{Code, Detail, Problem};

use crate::Identity;
use crate::authentication::{Authenticates, SignedIn};
use selfsame_users::records::Session;

/// How long an authentication counts as recent (SPEC: step-up).
const HOLDS: Duration = Duration::from_mins(10);
/// How far clocks of other issuers may be ahead.
const SKEW: Duration = Duration::from_mins(1);

/// A user who has authenticated in this session at most ten minutes ago, by signing in or by `POST
/// /auth/reauthenticate`. Others get `reauthentication_required`: an access token alone, stolen or
/// left open on a screen, is not enough.
#[derive(Clone, Debug)]
pub struct RecentlyAuthenticated(pub SignedIn);

impl<S: Authenticates> FromRequestParts<S> for RecentlyAuthenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = SignedIn::from_request_parts(parts, state).await?;
        let identity = state.identity();
        if is_exempt(parts, identity) { Ok(Self(caller)) } else { Self::of(identity, caller).await }
    }
}

impl RecentlyAuthenticated {
    /// `caller`, if authenticated recently. For routes that require it only for some requests.
    pub async fn of(identity: &Identity, caller: SignedIn) -> Result<Self, Problem> {
        let is_recent = match &caller.foreigner {
            Some(foreigner) => foreigner.proven_at.is_some_and(|at| holds(identity, at)),
            None => session(identity, &caller)
                .await?
                .is_some_and(|session| holds(identity, session.proven_at())),
        };
        if is_recent { Ok(Self(caller)) } else { Err(refusal(&caller)) }
    }
}

/// Whether the operator has exempted the route, for clients that don't know step-up yet.
fn is_exempt(parts: &Parts, identity: &Identity) -> bool {
    let Some(route) = parts.extensions.get::<MatchedPath>() else { return false };
    let is_route = |exempt: &String| {
        exempt
            .split_once(' ')
            .is_some_and(|(method, path)| parts.method == method && route.as_str() == path)
    };
    identity.settings.step_up_exempt.iter().any(is_route)
}

/// Whether an authentication at `at` still counts. A time in the future does not, except for the
/// difference of clocks: else a wrong `auth_time` would count for ever.
fn holds(identity: &Identity, at: Timestamp) -> bool {
    let now = identity.platform.now();
    now.age_of(at) < HOLDS && at.since(now) <= SKEW
}

async fn session(identity: &Identity, caller: &SignedIn) -> Result<Option<Session>, Problem> {
    let Some(id) = &caller.session else { return Ok(None) };
    let item = identity.platform.store.get(&Session::key(caller.id(), id)).await?;
    Ok(item.map(|item| decode(&item.body)).transpose().map_err(StoreError::from)?)
}

fn refusal(caller: &SignedIn) -> Problem {
    let detail = match issuer(caller) {
        Some(issuer) => Detail::ConfirmElsewhere { issuer: issuer.to_owned() },
        None => Detail::ConfirmIdentity,
    };
    Problem::new(Code::ReauthenticationRequired, detail)
}

fn issuer(caller: &SignedIn) -> Option<&str> {
    caller.foreigner.as_ref().map(|foreigner| foreigner.newcomer.issuer.as_str())
}

/// Refuses a caller without a session of this service: a reauthentication is stored in the session.
/// The problem names the issuer to sign in with.
pub(crate) fn check_own(caller: &SignedIn) -> Result<&SessionId, Problem> {
    caller.session.as_ref().ok_or_else(|| {
        let issuer = issuer(caller).unwrap_or_default().to_owned();
        Problem::new(Code::Conflict, Detail::ForeignSession { issuer })
    })
}

/// Records a reauthentication in the session; returns until when it counts.
pub(crate) async fn record_reauthentication(
    identity: &Identity,
    caller: &SignedIn,
) -> Result<Timestamp, Problem> {
    let id = check_own(caller)?;
    let (key, lifetime) = (Session::key(caller.id(), id), identity.settings.tokens.session);
    let decide = |loaded: &Loaded| {
        let mut session = loaded.get::<Session>(&key)?.ok_or_else(Problem::unauthenticated)?;
        session.reauthenticated_at = Some(loaded.now());
        let until = session.last_seen_at.plus(lifetime);
        Ok::<_, Problem>((Changes::none().put_until(key.clone(), &session, until), loaded.now()))
    };
    let at = caller.change(&identity.platform, std::slice::from_ref(&key), decide).await?;
    Ok(at.plus(HOLDS))
}
