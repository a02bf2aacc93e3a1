//! `POST /auth/reauthenticate`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_events::Changes;
use selfsame_primitives::{Secret, SessionId, Timestamp};
use selfsame_web::{Code, Detail, Fault, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::PROOFS;
use crate::passkeys::{self, Assertion, CeremonyPurpose, Options, ParsedAssertion};
use crate::two_factor::{self, CodeCheck};
use crate::{Identity, authentication::SignedIn, passwords, sessions};
use selfsame_users::records::SecondFactor;

/// Exactly one of `password`, `code` and `credential` is given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// The password.
    password: Option<Secret>,
    /// Six digits of the authenticator application, or a recovery code.
    code: Option<Secret>,
    /// What the browser gave for the options of `POST /auth/reauthenticate/options`.
    credential: Option<Assertion>,
}

/// A proof that was good.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Proven {
    /// Until when it holds.
    valid_until: Timestamp,
}

async fn reauthenticate(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Json(proof): Json<Proof>,
) -> Result<Reply<Proven>, Problem> {
    sessions::check_own(&caller)?;
    let shown = check_proof(&identity, &caller, proof).await;
    let outcome = match shown.as_ref().map_err(|problem| problem.code) {
        Ok(way) => way,
        Err(Code::Invalid | Code::InvalidCredentials) => "refused",
        Err(Code::RateLimited) => "throttled",
        Err(_) => "failed",
    };
    identity.platform.counters.add(&PROOFS, outcome);
    shown?;
    let valid_until = sessions::record_reauthentication(&identity, &caller).await?;
    Ok(Reply::ok(Proven { valid_until }))
}

/// The factor by which the caller has reauthenticated.
async fn check_proof(
    identity: &Identity,
    caller: &SignedIn,
    proof: Proof,
) -> Result<&'static str, Problem> {
    match (proof.password, proof.code, proof.credential) {
        (Some(password), None, None) => {
            passwords::confirm(identity, caller, &password, "/password").await.map(|_| "password")
        }
        (None, Some(code), None) => show_code(identity, caller, &code).await.map(|()| "code"),
        (None, None, Some(credential)) => {
            show_passkey(identity, caller, &credential).await.map(|()| "passkey")
        }
        (None, None, None) => {
            Err(Problem::fault("/password", Fault::OneRequired { fields: ways() }))
        }
        _ => Err(Problem::fault("/password", Fault::Exclusive { fields: ways() })),
    }
}

fn ways() -> Vec<String> {
    ["password", "code", "credential"].map(str::to_owned).to_vec()
}

async fn show_code(identity: &Identity, caller: &SignedIn, code: &Secret) -> Result<(), Problem> {
    let attempt = caller.attempt(identity).await?;
    let keys = [SecondFactor::key(caller.id())];
    let take = |loaded: &_| {
        two_factor::take(
            Changes::none(),
            loaded,
            &identity.platform.keys,
            caller.id(),
            code.expose(),
        )
    };
    match caller.change(&identity.platform, &keys, take).await? {
        CodeCheck::Right(_) => attempt.succeeded(identity.platform.monotonic()),
        CodeCheck::Wrong => {
            attempt.failed(identity.platform.monotonic());
            return Err(two_factor::wrong_code());
        }
        CodeCheck::Paused(until) => return Err(two_factor::paused(until, identity.platform.now())),
        CodeCheck::Closed => return Err(two_factor::closed()),
        CodeCheck::Off => {
            return Err(Problem::new(Code::Conflict, Detail::NoCodes));
        }
    }
    Ok(())
}

async fn show_passkey(
    identity: &Identity,
    caller: &SignedIn,
    credential: &Assertion,
) -> Result<(), Problem> {
    let session = sessions::check_own(caller)?;
    let attempt = caller.attempt(identity).await?;
    if is_right(identity, caller, credential, session).await? {
        attempt.succeeded(identity.platform.monotonic());
        return Ok(());
    }
    attempt.failed(identity.platform.monotonic());
    Err(wrong_passkey())
}

async fn is_right(
    identity: &Identity,
    caller: &SignedIn,
    credential: &Assertion,
    session: &SessionId,
) -> Result<bool, Problem> {
    let purpose = CeremonyPurpose::Confirm(caller.id(), session);
    let Ok(presented) = ParsedAssertion::read(identity, credential, purpose) else {
        return Ok(false);
    };
    let accept = |loaded: &_| presented.accept(Changes::none(), loaded, caller.id());
    caller.change(&identity.platform, &presented.keys(caller.id()), accept).await
}

fn wrong_passkey() -> Problem {
    Problem::fault("/credential", Fault::WrongPasskey)
}

async fn passkey_options(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
) -> Result<Reply<Options>, Problem> {
    passkeys::confirm_options(&identity, &caller).await.map(Reply::ok)
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/reauthenticate", "Show anew who you are", reauthenticate)
            .describe(
                "Sensitive acts need a proof of who you are that is not older than ten minutes, in the same session: signing in is \
                 one, and so is this, with the password, a code or a passkey. Without one they answer 403 \
                 `reauthentication_required`.",
            )
            .takes::<Proof>(json!({"password": "notes on the analytical engine"}))
            .answers::<Proven>(200, "The proof holds until then.", json!({"validUntil": "2026-01-31T09:40:00.000Z"}))
            .problems(&[Code::Conflict, Code::RateLimited, Code::FactorClosed]),
        Route::post("/auth/reauthenticate/options", "Begin to show anew who you are, with a passkey", passkey_options)
            .describe("Gives what `navigator.credentials.get()` takes.")
            .answers::<Options>(200, "What the browser is asked for.", passkeys::example())
            .problems(&[Code::Conflict]),
    ]
}
