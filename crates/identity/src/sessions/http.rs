//! The routes for refreshing, signing out and the list of sessions.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode, Uri};
use schemars::JsonSchema;
use selfsame_events::{ClientAddress, user_partition};
use selfsame_primitives::{Secret, SessionId, Timestamp};
use selfsame_store::{Query, StoreError, decode};
use selfsame_web::{
    Access, Client, Code, Detail, Json, List, Nothing, Paging, Problem, Query as Parameters, Reply,
    Route, read, seal_cursor,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cookie::{self, Cookie};
use super::end::end_all_except;
use super::events::EndReason;
use super::refresh_token::RefreshToken;
use super::rule::{self, RefreshCaller, Refreshed};
use super::token_response;
use crate::authentication::By;
use crate::{Identity, authentication::SignedIn, authentication::Viewer};
use selfsame_security_signals::family;
use selfsame_tokens::Foreigner;
use selfsame_users::records::Session;

/// A body that may be left out.
struct Optional<T>(T);

impl<T: DeserializeOwned + JsonSchema + Default> FromRequest<Arc<Identity>> for Optional<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Arc<Identity>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        // With all parts: the route's body limit is in the extensions.
        let bytes = read(Request::from_parts(parts.clone(), body), state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        Json::from_request(Request::from_parts(parts, Body::from(bytes)), state)
            .await
            .map(|Json(body)| Self(body))
    }
}

/// A refresh token, unless it comes as the cookie.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "Presented")]
struct PresentedToken {
    /// As it was given out last.
    refresh_token: Option<Secret>,
}

impl PresentedToken {
    /// The token from the body or the cookie. Only the cookie needs a check of the origin: a
    /// browser sends it by itself.
    fn token(
        &self,
        headers: &HeaderMap,
        identity: &Identity,
    ) -> Result<Option<RefreshToken>, Problem> {
        if let Some(token) = &self.refresh_token {
            return Ok(RefreshToken::parse(token.expose()));
        }
        let Some(token) = cookie::find(headers, Cookie::Refresh, &identity.platform.urls) else {
            return Ok(None);
        };
        cookie::check_origin(headers, &identity.platform.urls)?;
        Ok(RefreshToken::parse(token))
    }
}

async fn refresh(
    State(identity): State<Arc<Identity>>,
    client: Client,
    headers: HeaderMap,
    Optional(presented): Optional<PresentedToken>,
) -> Result<Response, Problem> {
    let token = presented.token(&headers, &identity)?.ok_or_else(spent)?;
    let lifetime = identity.settings.tokens.session;
    let ip = identity.platform.addresses.seal_for(&token.user, &ClientAddress::of(client.ip)).await;
    let client_kind = family(client.device.as_deref().unwrap_or_default());
    let by_cookie = presented.refresh_token.is_none();
    let by = RefreshCaller {
        token: &token,
        ip,
        client_kind,
        by_cookie,
        lifetime,
        keys: &identity.platform.keys,
    };
    let keys = rule::keys(&token.user, &token.session);
    let origin = client.origin(Some(&token.session));
    let outcome = identity
        .platform
        .journal
        .change(&token.user, &keys, &origin, |loaded| rule::refresh(loaded, &by))
        .await;
    match outcome.map_err(Problem::from)? {
        Refreshed::Continues(session) => {
            token_response::grant(&identity, &token.user, &session, StatusCode::OK).await
        }
        Refreshed::Refused | Refreshed::Reused => Err(spent()),
    }
}

fn spent() -> Problem {
    Problem::new(Code::Unauthenticated, Detail::RefreshSpent)
}

async fn logout(
    State(identity): State<Arc<Identity>>,
    client: Client,
    viewer: Result<Viewer, Problem>,
    headers: HeaderMap,
    Optional(presented): Optional<PresentedToken>,
) -> Result<Response, Problem> {
    let token = presented.token(&headers, &identity)?;
    if let Some(token) = &token {
        end_with_token(&identity, &client, token).await?;
    }
    match viewer {
        Ok(Viewer(Some(SignedIn { session: None, foreigner, .. }))) if token.is_none() => {
            return Err(not_ours(foreigner.as_deref()));
        }
        Ok(Viewer(Some(SignedIn { person, session: Some(session), client, .. }))) => {
            let origin = client.origin(Some(&session));
            // Not as the owner: a session that ended meanwhile would refuse the change, and signing
            // out twice is no error.
            end(&identity, By::Other(&person.user_id, &origin), &session, EndReason::Logout)
                .await?;
        }
        // An invalid token is no error here: its session is over in any case.
        Ok(_) | Err(Problem { code: Code::Unauthenticated, .. }) => {}
        Err(problem) => return Err(problem),
    }
    let mut cleared = HeaderMap::new();
    for cookie in cookie::set(Cookie::Refresh, "", 0, &identity.platform.urls) {
        cleared.append(SET_COOKIE, cookie);
    }
    Ok((cleared, Reply::ok(Nothing {}).message("You are signed out.")).into_response())
}

/// The token of another issuer stays valid, so the answer must not say otherwise (decision 0045).
fn not_ours(foreigner: Option<&Foreigner>) -> Problem {
    let issuer = foreigner.map(|foreigner| foreigner.newcomer.issuer.clone()).unwrap_or_default();
    Problem::new(Code::Conflict, Detail::NotSignedOut { issuer })
}

async fn end_with_token(
    identity: &Identity,
    client: &Client,
    token: &RefreshToken,
) -> Result<(), Problem> {
    let keys = rule::keys(&token.user, &token.session);
    let origin = client.origin(Some(&token.session));
    let decide = |loaded: &_| {
        rule::end_by(loaded, token, &identity.platform.keys).map(|changes| (changes, ()))
    };
    Ok(identity.platform.journal.change(&token.user, &keys, &origin, decide).await?)
}

/// Ends a session; returns whether it existed.
async fn end(
    identity: &Identity,
    by: By<'_>,
    id: &SessionId,
    reason: EndReason,
) -> Result<bool, Problem> {
    let keys = rule::keys(by.user(), id);
    let decide = |loaded: &_| {
        let changes = rule::end(loaded, by.user(), id, reason)?;
        let ended = !changes.is_empty();
        Ok::<_, Problem>((changes, ended))
    };
    by.change(&identity.platform, &keys, decide).await
}

/// A place where one is signed in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    /// Its id.
    session_id: SessionId,
    /// The device.
    device: Option<String>,
    /// The address it was last refreshed from; after 30 days only its network.
    ip: Option<String>,
    /// When it began.
    created_at: Timestamp,
    /// When it was last refreshed.
    last_seen_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

async fn list(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Parameters(paging): Parameters<Paging>,
    uri: Uri,
) -> Result<Response, Problem> {
    let scope = [caller.id().as_str(), "sessions"];
    let after = paging.position(&identity.platform.keys, &scope)?;
    let query = Query::prefix(user_partition(caller.id()), Session::PREFIX);
    let query = query.backward().limit(paging.checked_limit()?).after(after);
    let page = identity.platform.store.query(&query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for item in &page.items {
        items.push(view(&identity, &caller, decode(&item.body).map_err(StoreError::from)?).await);
    }
    let next_cursor =
        page.next.map(|position| seal_cursor(&identity.platform.keys, &scope, &position));
    Ok(List { items, next_cursor }.reply(&uri))
}

async fn view(identity: &Identity, caller: &SignedIn, session: Session) -> SessionView {
    let ip = match &session.ip {
        Some(ip) => {
            Some(identity.platform.addresses.reveal(caller.id(), ip, session.last_seen_at).await)
        }
        None => None,
    };
    SessionView {
        current: caller.session.as_ref() == Some(&session.id),
        ip,
        session_id: session.id,
        device: session.device,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
    }
}

async fn delete(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Path(id): Path<String>,
) -> Result<Reply<Nothing>, Problem> {
    let id = SessionId::parse(&id).map_err(|_| Problem::not_found())?;
    if end(&identity, By::Owner(&caller), &id, EndReason::Revoked).await? {
        return Ok(Reply::ok(Nothing {}).message("The session has ended."));
    }
    Err(Problem::not_found())
}

/// How many sessions ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Ended {
    /// Sessions that ended, the current one not among them.
    ended_sessions: usize,
}

async fn delete_others(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
) -> Result<Reply<Ended>, Problem> {
    let (by, keep) = (By::Owner(&caller), caller.session.as_ref());
    let ended_sessions = end_all_except(&identity, by, keep, EndReason::Revoked).await?;
    Ok(Reply::ok(Ended { ended_sessions }).message("All other sessions have ended."))
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    let id = json!({"type": "string"});
    vec![
        Route::post("/auth/refresh", "Get new tokens", refresh)
            .describe(
                "Spends a refresh token for a new pair. The spent one is answered with the same new token again, to the same kind of \
                 client and at most a hundred times, until the new one has been used: so a lost answer signs nobody out. After that \
                 it ends its session, since somebody has a copy. Without a body the token is taken from the cookie, for pages of \
                 this site.",
            )
            .access(Access::Public)
            .takes::<PresentedToken>(json!({"refreshToken": "01JD3Z5K8QW4N6R7T9V2X0Y1AB.1.3q2-7w….usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB"}))
            .or_no_body()
            .answers::<token_response::TokenResponse>(200, "New tokens.", token_response::example())
            .problems(&[Code::Unauthenticated, Code::Forbidden]),
        Route::post("/auth/logout", "Sign out", logout)
            .describe(
                "Ends the session of the access token, of the refresh token in the body, or of the cookie, and takes the cookie \
                 back. All its tokens stop working at once. Signing out twice is no error. A token of another issuer can't be ended here: \
                 alone, it is answered with 409, which says where to sign out.",
            )
            .access(Access::Public)
            .takes::<PresentedToken>(json!({}))
            .or_no_body()
            .answers::<Nothing>(200, "Signed out.", json!({}))
            .problems(&[Code::Forbidden, Code::Conflict]),
        Route::get("/v1/account/sessions", "Where one is signed in", list)
            .parameter("query", "limit", json!({"type": "integer", "minimum": 1, "maximum": 100}), "Sessions a page.")
            .parameter("query", "cursor", json!({"type": "string"}), "`nextCursor` of the page before.")
            .answers::<List<SessionView>>(200, "The sessions, newest first.", json!({
                "items": [{
                    "sessionId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB", "device": "Firefox on Linux", "ip": "203.0.113.7",
                    "createdAt": "2026-01-31T09:30:00.000Z", "lastSeenAt": "2026-01-31T09:45:00.000Z", "current": true
                }],
                "nextCursor": null
            })),
        Route::delete("/v1/account/sessions/{id}", "End a session", delete)
            .parameter("path", "id", id, "The session.")
            .answers::<Nothing>(200, "It has ended; its tokens stopped working at once.", json!({}))
            .problems(&[Code::NotFound]),
        Route::delete("/v1/account/sessions", "End all other sessions", delete_others)
            .answers::<Ended>(200, "They have ended; the current one goes on.", json!({"endedSessions": 2})),
    ]
}
