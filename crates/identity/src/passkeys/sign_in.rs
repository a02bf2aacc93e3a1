//! Signing in with a passkey alone.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_primitives::UserId;
use selfsame_web::{
    Access, Checked, Checks, Client, Code, Detail, FieldErrors, Json, Problem, Reply, Route,
};
use serde::Deserialize;
use serde_json::json;

use super::SIGN_INS;
use super::challenge::CeremonyPurpose;
use super::credential::Assertion;
use super::options::{self, Options, example};
use super::presented::{ParsedAssertion, refused};
use crate::sessions::{self, RefreshTokenTransport, StartSession, TokenResponse};
use crate::{Identity, device_name};
use selfsame_users::records::Account;

/// What the options are for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "PasskeyWanted")]
struct Wanted {
    /// The challenge of `POST /auth/login`, where the passkey is the second factor.
    challenge_id: Option<String>,
}

/// The options list no passkeys: that would reveal accounts. The browser knows its own.
async fn sign_in_options(
    State(identity): State<Arc<Identity>>,
    Json(request): Json<Wanted>,
) -> Result<Reply<Options>, Problem> {
    let purpose = request
        .challenge_id
        .as_deref()
        .map_or(CeremonyPurpose::SignIn, CeremonyPurpose::SecondFactor);
    options::to_sign_in(&identity, purpose, &[]).map(Reply::ok)
}

/// A passkey that was used.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "PasskeyLogin")]
struct Login {
    /// What the browser gave for the options of `POST /auth/passkeys/options`.
    credential: Assertion,
    /// What the device is called; its `User-Agent` unless given.
    device_name: Option<String>,
    /// `cookie` has the refresh token set as a cookie, for pages of this site.
    #[serde(default)]
    session: RefreshTokenTransport,
}

impl Checks for Login {
    fn check(&self, faults: &mut FieldErrors) {
        device_name::check(self.device_name.as_deref(), faults);
    }
}

async fn login(
    State(identity): State<Arc<Identity>>,
    client: Client,
    headers: HeaderMap,
    Checked(request): Checked<Login>,
) -> Result<Response, Problem> {
    sessions::check_transport(&identity, request.session, &headers)?;
    let mut faults = FieldErrors::default();
    request.check(&mut faults);
    faults.or(())?;
    let answer = sign_in(&identity, &client, &request).await;
    let outcome = match answer.as_ref().map_err(|problem| problem.code) {
        Ok(_) => "succeeded",
        Err(Code::InvalidCredentials) => "refused",
        Err(_) => "failed",
    };
    identity.platform.counters.add(&SIGN_INS, outcome);
    answer
}

/// Failures have no backoff: a signature can't be guessed, and a backoff would let one client in an
/// office block the others.
async fn sign_in(
    identity: &Identity,
    client: &Client,
    request: &Login,
) -> Result<Response, Problem> {
    let presented = ParsedAssertion::read(identity, &request.credential, CeremonyPurpose::SignIn)?;
    let user = presented.user()?;
    let start = StartSession::first(
        identity,
        &user,
        client,
        request.device_name.as_deref(),
        request.session,
    )
    .await?;
    let start = start.with_session_limit(&*identity.platform.store).await?;
    let keys = [vec![Account::key(&user)], presented.keys(&user).to_vec(), start.keys()].concat();
    let origin = start.origin(client);
    let decide = |loaded: &_| complete_sign_in(loaded, &user, &presented, &start);
    if !identity.platform.journal.change(&user, &keys, &origin, decide).await? {
        return Err(refused());
    }
    sessions::grant(identity, &user, &start.session, StatusCode::OK).await
}

/// Starts the session; returns whether the passkey was valid.
fn complete_sign_in(
    loaded: &Loaded,
    user: &UserId,
    presented: &ParsedAssertion,
    start: &StartSession,
) -> Result<(Changes, bool), Problem> {
    let (changes, is_good) = presented.accept(Changes::none(), loaded, user)?;
    let key = Account::key(user);
    let Some(mut account) = loaded.get::<Account>(&key)?.filter(|_| is_good) else {
        return Ok((changes, false));
    };
    let head = loaded.get::<Head>(&Head::key(user))?;
    if head.is_none_or(|head| head.status != Status::Active) {
        return Err(Problem::new(Code::Forbidden, Detail::AccountStopped));
    }
    account.last_login_at = Some(loaded.now());
    Ok((start.begin(changes.put(key, &account), loaded)?, true))
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/passkeys/options", "Begin to sign in with a passkey", sign_in_options)
            .describe("Gives what `navigator.credentials.get()` takes, also for a list that the browser fills in by itself.")
            .access(Access::Public)
            .takes::<Wanted>(json!({}))
            .answers::<Options>(200, "What the browser is asked for.", example())
            .problems(&[Code::Conflict]),
        Route::post("/auth/passkeys/login", "Sign in with a passkey", login)
            .describe("Takes `PublicKeyCredential.toJSON()` of what the browser gave. No second factor is asked for: a passkey that has made sure who it is is two.")
            .access(Access::Public)
            .takes::<Login>(json!({"credential": {
                "id": "AQIDBA", "rawId": "AQIDBA", "type": "public-key",
                "response": {
                    "clientDataJSON": "eyJ0eXBlIjoi…", "authenticatorData": "SZYN5YgOjGh0NBcP…", "signature": "MEUCIQ…",
                    "userHandle": "dXNyXzAxSkQzWg"
                }
            }}))
            .answers::<TokenResponse>(200, "Signed in.", sessions::example())
            .problems(&[Code::InvalidCredentials, Code::Conflict, Code::Forbidden]),
    ]
}
