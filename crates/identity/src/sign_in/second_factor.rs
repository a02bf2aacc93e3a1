//! `POST /auth/login/2fa`: the second step of a sign-in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Secret, Timestamp};
use selfsame_store::{StoreError, decode};
use selfsame_web::{Access, Client, Code, Detail, Fault, Json, Problem, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::SECOND_FACTORS;
use super::challenge::{Challenge, ChallengeId};
use super::rule::{self, Refusal};
use super::throttling;
use crate::Identity;
use crate::passkeys::{self, Assertion, CeremonyPurpose, ParsedAssertion};
use crate::sessions::{self, StartSession, TokenResponse};
use crate::two_factor::{self, CodeCheck, CodeKind};
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;

/// What shows a second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Method {
    /// A code of the authenticator application.
    Totp,
    /// One of the recovery codes.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

/// The password was right; a second factor is asked for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChallengeResponse {
    /// Always `true`.
    mfa_required: bool,
    /// Goes to `POST /auth/login/2fa`.
    challenge_id: String,
    /// What may be shown there.
    methods: Vec<Method>,
    /// Until when.
    expires_at: Timestamp,
}

pub(super) async fn challenged(
    identity: &Identity,
    id: &ChallengeId,
    expires_at: Timestamp,
) -> Result<ChallengeResponse, Problem> {
    let factor = SecondFactor::load(&*identity.platform.store, &id.user).await?;
    let mut methods = vec![Method::Totp];
    if factor.is_some_and(|factor| !factor.recovery_codes.is_empty()) {
        methods.push(Method::RecoveryCode);
    }
    if passkeys::has_any(&*identity.platform.store, &id.user).await? {
        methods.push(Method::Passkey);
    }
    Ok(ChallengeResponse { mfa_required: true, challenge_id: id.to_string(), methods, expires_at })
}

/// Exactly one of `code` and `credential` is given.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SecondFactorRequest {
    /// As `POST /auth/login` answered it.
    challenge_id: String,
    /// Six digits, or a recovery code.
    code: Option<Secret>,
    /// What the browser gave for the options of `POST /auth/passkeys/options` with this challenge.
    credential: Option<Assertion>,
}

/// A second factor as sent, parsed as far as that needs no store.
enum SecondFactorProof {
    Code(Secret),
    Passkey(Box<ParsedAssertion>),
}

impl SecondFactorRequest {
    fn shown(self, identity: &Identity) -> Result<SecondFactorProof, Problem> {
        match (self.code, self.credential) {
            (Some(code), None) => Ok(SecondFactorProof::Code(code)),
            (None, Some(credential)) => {
                let purpose = CeremonyPurpose::SecondFactor(&self.challenge_id);
                Ok(SecondFactorProof::Passkey(Box::new(ParsedAssertion::read(
                    identity,
                    &credential,
                    purpose,
                )?)))
            }
            (None, None) => Err(Problem::fault("/code", Fault::Required)),
            (Some(_), Some(_)) => Err(Problem::fault(
                "/code",
                Fault::Exclusive { fields: vec!["code".to_owned(), "credential".to_owned()] },
            )),
        }
    }
}

/// The outcome of the second step. A wrong code is an outcome, not an error: its count must be
/// committed.
enum Outcome {
    In(&'static str),
    Wrong,
    Paused(Timestamp),
    Closed,
    Ended,
}

async fn step(
    State(identity): State<Arc<Identity>>,
    client: Client,
    headers: HeaderMap,
    Json(request): Json<SecondFactorRequest>,
) -> Result<Response, Problem> {
    let answer = complete_sign_in(&identity, &client, &headers, request).await;
    let outcome = match &answer {
        Ok((_, method)) => method,
        Err(problem) if problem.code == Code::RateLimited => "throttled",
        Err(problem) if problem.code == Code::InvalidCredentials => "refused",
        Err(_) => "failed",
    };
    identity.platform.counters.add(&SECOND_FACTORS, outcome);
    answer.map(|(response, _)| response)
}

async fn complete_sign_in(
    identity: &Identity,
    client: &Client,
    headers: &HeaderMap,
    request: SecondFactorRequest,
) -> Result<(Response, &'static str), Problem> {
    let id = ChallengeId::parse(&request.challenge_id).ok_or_else(ended)?;
    let shown = request.shown(identity)?;
    let attempt = throttling::second_factor(identity, client, headers, &id.user).await?;
    let item = identity.platform.store.get(&id.key()).await?.ok_or_else(ended)?;
    let challenge: Challenge = decode(&item.body).map_err(StoreError::from)?;
    sessions::check_transport(identity, challenge.transport(), headers)?;
    let start = StartSession::first(identity, &id.user, client, None, challenge.transport())
        .await?
        .on(challenge.device);
    let start = start.with_session_limit(&*identity.platform.store).await?;
    let origin = start.origin(client);
    let decide = |loaded: &_| decide(loaded, identity, &id, &shown, &start);
    match identity
        .platform
        .journal
        .change(&id.user, &keys(&id, &shown, &start), &origin, decide)
        .await?
    {
        Outcome::In(method) => {
            attempt.succeeded(identity.platform.monotonic());
            let response =
                sessions::grant(identity, &id.user, &start.session, StatusCode::OK).await?;
            Ok((response, method))
        }
        Outcome::Wrong => {
            attempt.failed(identity.platform.monotonic());
            Err(Problem::new(Code::InvalidCredentials, Detail::SecondFactorWrong))
        }
        // The code was not checked, so it is no failure: a recovery code must not have to wait for
        // it.
        Outcome::Paused(until) => Err(two_factor::paused(until, identity.platform.now())),
        Outcome::Closed => Err(two_factor::closed()),
        Outcome::Ended => Err(ended()),
    }
}

fn keys(
    id: &ChallengeId,
    shown: &SecondFactorProof,
    start: &StartSession,
) -> Vec<selfsame_store::Key> {
    let mut keys = vec![Account::key(&id.user), SecondFactor::key(&id.user), id.key()];
    keys.extend(start.keys());
    if let SecondFactorProof::Passkey(presented) = shown {
        keys.extend(presented.keys(&id.user));
    }
    keys
}

fn ended() -> Problem {
    Problem::new(Code::ChallengeEnded, Detail::SignInEnded)
}

/// Completes the challenge with a session, or takes one of its tries.
fn decide(
    loaded: &Loaded,
    identity: &Identity,
    id: &ChallengeId,
    shown: &SecondFactorProof,
    start: &StartSession,
) -> Result<(Changes, Outcome), Refusal> {
    let account = loaded.get::<Account>(&Account::key(&id.user))?;
    let challenge = loaded.get::<Challenge>(&id.key())?;
    let Some((account, challenge)) = account.zip(challenge) else {
        return Ok((Changes::none(), Outcome::Ended));
    };
    if !challenge.is_for(&identity.platform.keys, account.password.as_deref()) {
        return Ok((Changes::none().delete(id.key()), Outcome::Ended));
    }
    rule::check_active(loaded, &id.user)?;
    let (changes, outcome) = check_proof(loaded, identity, id, shown)?;
    let changes = match outcome {
        Outcome::In(_) => {
            let changes = changes.delete(id.key());
            rule::complete_sign_in(changes, loaded, account, challenge.rehashed.as_ref(), start)?
        }
        Outcome::Wrong => challenge.tried(changes, id.key()),
        Outcome::Ended => changes.delete(id.key()),
        Outcome::Paused(_) | Outcome::Closed => changes,
    };
    Ok((changes, outcome))
}

fn check_proof(
    loaded: &Loaded,
    identity: &Identity,
    id: &ChallengeId,
    shown: &SecondFactorProof,
) -> Result<(Changes, Outcome), StoreError> {
    match shown {
        SecondFactorProof::Code(code) => {
            let (changes, checked) = two_factor::take(
                Changes::none(),
                loaded,
                &identity.platform.keys,
                &id.user,
                code.expose(),
            )?;
            let outcome = match checked {
                CodeCheck::Right(CodeKind::Totp) => Outcome::In("totp"),
                CodeCheck::Right(CodeKind::RecoveryCode) => Outcome::In("recovery_code"),
                CodeCheck::Wrong => Outcome::Wrong,
                CodeCheck::Paused(until) => Outcome::Paused(until),
                CodeCheck::Closed => Outcome::Closed,
                // Turned off meanwhile: the sign-in starts anew with the password.
                CodeCheck::Off => Outcome::Ended,
            };
            Ok((changes, outcome))
        }
        SecondFactorProof::Passkey(presented) => {
            let (changes, is_good) = presented.accept(Changes::none(), loaded, &id.user)?;
            Ok((changes, if is_good { Outcome::In("passkey") } else { Outcome::Wrong }))
        }
    }
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/login/2fa", "Sign in: the second step", step)
            .describe(
                "Shows the second factor that `POST /auth/login` asked for: a code of the authenticator application, a recovery \
                 code, or a passkey. A challenge lasts five minutes and five tries; a code is taken once.",
            )
            .access(Access::Public)
            .takes::<SecondFactorRequest>(json!({"challengeId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB.usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB", "code": "123456"}))
            .answers::<TokenResponse>(200, "Signed in.", sessions::example())
            .problems(&[
                Code::InvalidCredentials,
                Code::ChallengeEnded,
                Code::FactorClosed,
                Code::Forbidden,
                Code::RateLimited,
            ]),
    ]
}
