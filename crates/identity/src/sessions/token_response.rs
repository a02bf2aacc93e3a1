//! The token response (RFC 6749 §5.1) with the user.

use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_primitives::{EmailAddress, UserId, Username};
use selfsame_web::{Problem, Reply};
use serde::Serialize;

use super::cookie::{self, Cookie};
use super::known_network;
use super::refresh_token;
use super::start::RefreshTokenTransport;
use crate::Identity;
use selfsame_users::records::Session;
use selfsame_users::user_cache::UserSnapshot;

/// Tokens for a session.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenResponse {
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds that the access token is good.
    expires_in: u64,
    /// Good for one `POST /auth/refresh`; not here where it was set as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds that the refresh token is good.
    refresh_expires_in: u64,
    /// Who has signed in.
    user: SignedInUser,
}

/// Who has signed in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SignedInUser {
    /// Their id.
    user_id: UserId,
    /// Where mail goes.
    email: Option<EmailAddress>,
    /// Whether they have shown that it is theirs.
    email_verified: bool,
    /// The name others find them by.
    username: Option<Username>,
    /// What they are called.
    display_name: String,
}

impl SignedInUser {
    fn of(person: &UserSnapshot) -> Self {
        Self {
            user_id: person.user_id.clone(),
            email: person.account.email.clone(),
            email_verified: person.account.email_verified,
            username: person.account.username.clone(),
            display_name: person.profile.display_name.clone(),
        }
    }
}

/// Refuses a cookie for pages of other sites, and one that the browser would drop. It runs first: a
/// refusal after the commit would leave a session that the client never gets.
pub(crate) fn check_transport(
    identity: &Identity,
    transport: RefreshTokenTransport,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    match transport {
        RefreshTokenTransport::Token => Ok(()),
        RefreshTokenTransport::Cookie => cookie::check_storable(headers, &identity.platform.urls),
    }
}

/// The answer with the tokens of `session`.
pub(crate) async fn grant(
    identity: &Identity,
    user: &UserId,
    session: &Session,
    status: StatusCode,
) -> Result<Response, Problem> {
    let person = identity.users.cache.get(user).await?.ok_or_else(Problem::unauthenticated)?;
    let refresh_token = refresh_token::current(user, session, &identity.platform.keys);
    let refresh_expires_in = identity.settings.tokens.session.as_secs();
    let mut headers = HeaderMap::new();
    if session.cookie {
        let kept = cookie::set(
            Cookie::Refresh,
            &refresh_token,
            refresh_expires_in,
            &identity.platform.urls,
        );
        let device = known_network::set_cookie(
            &identity.platform.keys,
            user,
            &session.id,
            &identity.platform.urls,
        );
        for cookie in kept.into_iter().chain(device) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    let grant = TokenResponse {
        access_token: identity.tokens.issue(user, &session.id).await?,
        token_type: "Bearer",
        expires_in: identity.tokens.lifetime().as_secs(),
        refresh_token: (!session.cookie).then_some(refresh_token),
        refresh_expires_in,
        user: SignedInUser::of(&person),
    };
    let reply =
        if status == StatusCode::CREATED { Reply::created(grant) } else { Reply::ok(grant) };
    Ok((headers, reply).into_response())
}

/// An example for the documentation.
pub(crate) fn example() -> serde_json::Value {
    serde_json::json!({
        "accessToken": "eyJhbGciOiJFUzI1NiIs…",
        "tokenType": "Bearer",
        "expiresIn": 900,
        "refreshToken": "01JD3Z5K8QW4N6R7T9V2X0Y1AB.1.3q2-7w….usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "refreshExpiresIn": 2_592_000,
        "user": {
            "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
            "email": "ada@example.org",
            "emailVerified": false,
            "username": "ada.lovelace",
            "displayName": "Ada Lovelace"
        }
    })
}
