//! The routes of a user's own passkeys.

use std::sync::Arc;

use axum::extract::{Path, State};
use schemars::JsonSchema;
use selfsame_mail::Template;
use selfsame_primitives::{SessionId, Timestamp, base64url, clean_line};
use selfsame_web::{Code, Detail, Json, Nothing, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::challenge::CeremonyPurpose;
use super::credential::Attestation;
use super::options::{self, Options};
use super::record::{MOST, Passkey};
use super::relying_party::RelyingParty;
use super::rule::{self, Refusal, RegisterPasskey};
use crate::undo_links::UndoNotice;
use crate::{Identity, authentication::SignedIn, sessions::RecentlyAuthenticated};

/// Longest user handle that authenticators keep (WebAuthn Level 3 §5.4.3).
const LONGEST_HANDLE: usize = 64;
/// Ways to reach an authenticator that are kept.
const MOST_TRANSPORTS: usize = 8;

/// A passkey.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PasskeyView {
    /// Its id.
    passkey_id: String,
    /// What its owner calls it.
    name: String,
    /// Whether it is kept in other places too, as passkeys that are synchronised are.
    backed_up: bool,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last used.
    last_used_at: Option<Timestamp>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        let Passkey { id, name, backed_up, created_at, last_used_at, .. } = passkey;
        Self { passkey_id: id, name, backed_up, created_at, last_used_at }
    }
}

/// One's passkeys.
#[derive(Serialize, JsonSchema)]
struct Passkeys {
    /// The oldest first; at most 20.
    items: Vec<PasskeyView>,
}

async fn list(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
) -> Result<Reply<Passkeys>, Problem> {
    let passkeys = Passkey::all(&*identity.platform.store, caller.id()).await?;
    Ok(Reply::ok(Passkeys { items: passkeys.into_iter().map(PasskeyView::from).collect() }))
}

/// The session of the caller: recent authentication implies one.
fn session(caller: &SignedIn) -> Result<&SessionId, Problem> {
    caller.session.as_ref().ok_or_else(Problem::unauthenticated)
}

async fn register_options(
    State(identity): State<Arc<Identity>>,
    RecentlyAuthenticated(caller): RecentlyAuthenticated,
) -> Result<Reply<Options>, Problem> {
    if caller.id().as_str().len() > LONGEST_HANDLE {
        return Err(Problem::new(Code::Conflict, Detail::PasskeyIdTooLong));
    }
    let known = Passkey::all(&*identity.platform.store, caller.id()).await?;
    if known.len() >= MOST {
        return Err(Refusal::TooMany.into());
    }
    let purpose = CeremonyPurpose::Register(caller.id(), session(&caller)?);
    options::to_register(&identity, &caller, purpose, &known).map(Reply::ok)
}

/// What uses one of the caller's passkeys to show who they are.
pub(crate) async fn confirm_options(
    identity: &Identity,
    caller: &SignedIn,
) -> Result<Options, Problem> {
    let known = Passkey::all(&*identity.platform.store, caller.id()).await?;
    if known.is_empty() {
        return Err(Problem::new(Code::Conflict, Detail::NoPasskey));
    }
    options::to_sign_in(identity, CeremonyPurpose::Confirm(caller.id(), session(caller)?), &known)
}

/// A new passkey.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    /// What its owner calls it, 1 to 50 characters; the device's name unless given.
    name: Option<String>,
    /// What the browser gave for the options of `POST /v1/account/passkeys/options`.
    credential: Attestation,
}

async fn add(
    State(identity): State<Arc<Identity>>,
    RecentlyAuthenticated(caller): RecentlyAuthenticated,
    Json(new): Json<NewPasskey>,
) -> Result<Reply<PasskeyView>, Problem> {
    let party = RelyingParty::of(&identity.platform.urls)?;
    let (user, session) = (caller.id(), session(&caller)?);
    let purpose = CeremonyPurpose::Register(user, session);
    let name = name(new.name.as_deref().or(caller.client.device.as_deref()).unwrap_or("Passkey"))?;
    let answer = new.credential.read(&identity, &party, purpose).ok_or(Refusal::Spent)?;
    let made = answer.data.credential.as_ref().ok_or(Refusal::Spent)?;
    let passkey = Passkey {
        id: Passkey::id_of(&identity.platform.keys, &made.id),
        credential_id: base64url(&made.id),
        public_key: made.key.clone(),
        sign_count: answer.data.sign_count,
        name,
        transports: transports(new.credential.response.transports),
        can_be_backed_up: Some(answer.data.can_be_backed_up()),
        backed_up: answer.data.is_backed_up(),
        created_at: identity.platform.now(),
        last_used_at: None,
    };
    if Passkey::all(&*identity.platform.store, user).await?.len() >= MOST {
        return Err(Refusal::TooMany.into());
    }
    let name = passkey.name.clone();
    let template =
        |undo_url, circumstances| Template::PasskeyAdded { name, undo_url, circumstances };
    let notice = UndoNotice::for_caller(&identity, &caller, template);
    let new = RegisterPasskey { user, session, passkey, challenge: &answer.challenge, notice };
    let add = |loaded: &_| new.add(loaded);
    let passkey = caller.change(&identity.platform, &new.keys(), add).await?;
    Ok(Reply::created(PasskeyView::from(passkey)).message("The passkey is ready."))
}

fn name(given: &str) -> Result<String, Problem> {
    clean_line(given, 50).map_err(|problem| Problem::fault("/name", problem))
}

/// Transports that are words, as all registered ones are.
fn transports(given: Vec<String>) -> Vec<String> {
    let is_word = |text: &String| {
        (1..=20).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    given.into_iter().filter(is_word).take(MOST_TRANSPORTS).collect()
}

/// Another name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Renamed {
    /// What its owner calls it, 1 to 50 characters.
    name: String,
}

async fn rename(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Path(id): Path<String>,
    Json(renamed): Json<Renamed>,
) -> Result<Reply<PasskeyView>, Problem> {
    let (id, name) = (checked(&id)?, name(&renamed.name)?);
    let decide = |loaded: &_| rule::rename(loaded, caller.id(), id, &name);
    let keys = rule::rename_keys(caller.id(), id);
    let passkey = caller.change(&identity.platform, &keys, decide).await?;
    Ok(Reply::ok(passkey.into()))
}

async fn remove(
    State(identity): State<Arc<Identity>>,
    RecentlyAuthenticated(caller): RecentlyAuthenticated,
    Path(id): Path<String>,
) -> Result<Reply<Nothing>, Problem> {
    let id = checked(&id)?;
    let passkey =
        Passkey::find(&*identity.platform.store, caller.id(), id).await?.ok_or(Refusal::Unknown)?;
    let name = passkey.name;
    let template =
        |undo_url, circumstances| Template::PasskeyRemoved { name, undo_url, circumstances };
    let notice = UndoNotice::for_caller(&identity, &caller, template);
    let keys = rule::remove_keys(caller.id(), id, &notice);
    let decide = |loaded: &_| rule::remove(loaded, caller.id(), id, &notice);
    caller.change(&identity.platform, &keys, decide).await?;
    Ok(Reply::ok(Nothing {}).message("The passkey signs nobody in any more."))
}

/// Ids are 22 characters of URL-safe base 64; anything else names nothing.
fn checked(id: &str) -> Result<&str, Problem> {
    let is_one = id.len() == 22
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_one.then_some(id).ok_or_else(Problem::not_found)
}

fn view_example() -> Value {
    json!({
        "passkeyId": "q83vEjRWeJCrze8SNFZ4kA", "name": "Phone", "backedUp": true,
        "createdAt": "2026-01-31T09:30:00.000Z", "lastUsedAt": "2026-02-01T07:12:40.250Z"
    })
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    let id = json!({"type": "string", "examples": ["q83vEjRWeJCrze8SNFZ4kA"]});
    vec![
        Route::get("/v1/account/passkeys", "Your passkeys", list)
            .answers::<Passkeys>(200, "All of them, the oldest first.", json!({"items": [view_example()]})),
        Route::post("/v1/account/passkeys/options", "Begin to make a passkey", register_options)
            .describe("Gives what `navigator.credentials.create()` takes. Needs a proof of who you are that is not older than ten minutes.")
            .answers::<Options>(200, "What the browser is asked for.", json!({"publicKey": {
                "rp": {"id": "id.example.org", "name": "id.example.org"},
                "user": {"id": "dXNyXzAxSkQzWg", "name": "ada.lovelace", "displayName": "Ada Lovelace"},
                "challenge": "q83vEjRWeJCrze8SNFZ4kKvN7xI…", "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
                "timeout": 300_000, "excludeCredentials": [],
                "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true, "userVerification": "preferred"},
                "attestation": "none"
            }}))
            .problems(&[Code::Conflict, Code::ReauthenticationRequired]),
        Route::post("/v1/account/passkeys", "Keep a new passkey", add)
            .describe(
                "Takes `PublicKeyCredential.toJSON()` of what the browser made. At most 20 for each account. Its owner is told by a \
                 mail, with a link that takes it back for seven days.",
            )
            .takes::<NewPasskey>(json!({"name": "Phone", "credential": {
                "id": "AQIDBA", "rawId": "AQIDBA", "type": "public-key",
                "response": {"clientDataJSON": "eyJ0eXBlIjoi…", "attestationObject": "o2NmbXRkbm9uZQ…", "transports": ["internal"]}
            }}))
            .answers::<PasskeyView>(201, "It signs in from now on.", view_example())
            .problems(&[Code::Conflict, Code::ReauthenticationRequired]),
        Route::patch("/v1/account/passkeys/{id}", "Rename a passkey", rename)
            .parameter("path", "id", id.clone(), "The passkey.")
            .takes::<Renamed>(json!({"name": "Old phone"}))
            .answers::<PasskeyView>(200, "With its new name.", view_example())
            .problems(&[Code::NotFound]),
        Route::delete("/v1/account/passkeys/{id}", "Remove a passkey", remove)
            .parameter("path", "id", id, "The passkey.")
            .answers::<Nothing>(200, "It signs nobody in any more.", json!({}))
            .problems(&[Code::NotFound, Code::ReauthenticationRequired]),
    ]
}
