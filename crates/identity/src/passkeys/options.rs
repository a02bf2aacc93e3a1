//! Options of ceremonies, as `PublicKeyCredential.parse…OptionsFromJSON()` takes them (WebAuthn
//! Level 3 §5.1).

use schemars::JsonSchema;
use selfsame_primitives::{EmailAddress, Username, base64url};
use selfsame_web::Problem;
use selfsame_webauthn::ALGORITHMS;
use serde::Serialize;
use serde_json::{Value, json};

use super::challenge::{CeremonyPurpose, LASTS, issue};
use super::record::{Passkey, user_handle};
use super::relying_party::RelyingParty;
use crate::{Identity, authentication::SignedIn};
use selfsame_users::user_cache::UserSnapshot;

/// Options for `navigator.credentials.create()` or `.get()`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Options {
    /// Goes to the browser as it is.
    public_key: Value,
}

/// What makes a new passkey.
pub(super) fn to_register(
    identity: &Identity,
    caller: &SignedIn,
    purpose: CeremonyPurpose<'_>,
    known: &[Passkey],
) -> Result<Options, Problem> {
    let party = RelyingParty::of(&identity.platform.urls)?;
    let algorithms = ALGORITHMS.map(|alg| json!({"type": "public-key", "alg": alg}));
    Ok(Options {
        public_key: json!({
            "rp": {"id": party.id, "name": party.id},
            "user": {
                "id": user_handle(caller.id()),
                "name": name(&caller.person),
                "displayName": caller.person.profile.display_name,
            },
            "challenge": challenge(identity, purpose),
            "pubKeyCredParams": algorithms,
            "timeout": timeout(),
            "excludeCredentials": descriptors(known),
            "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true, "userVerification": "preferred"},
            "attestation": "none",
        }),
    })
}

/// Options to use one of the passkeys `known`; without any, the user chooses one.
pub(super) fn to_sign_in(
    identity: &Identity,
    purpose: CeremonyPurpose<'_>,
    known: &[Passkey],
) -> Result<Options, Problem> {
    let party = RelyingParty::of(&identity.platform.urls)?;
    let verification = if purpose.needs_verification() { "required" } else { "preferred" };
    Ok(Options {
        public_key: json!({
            "rpId": party.id,
            "challenge": challenge(identity, purpose),
            "timeout": timeout(),
            "allowCredentials": descriptors(known),
            "userVerification": verification,
        }),
    })
}

fn challenge(identity: &Identity, purpose: CeremonyPurpose<'_>) -> String {
    base64url(issue(
        &identity.platform.keys,
        &*identity.platform.random,
        identity.platform.now(),
        purpose,
    ))
}

fn timeout() -> u64 {
    LASTS.as_secs() * 1000
}

fn descriptors(passkeys: &[Passkey]) -> Vec<Value> {
    let descriptor = |passkey: &Passkey| json!({"type": "public-key", "id": passkey.credential_id, "transports": passkey.transports});
    passkeys.iter().map(descriptor).collect()
}

/// The label of the account in the browser's list.
fn name(person: &UserSnapshot) -> &str {
    let (email, username) = (person.account.email.as_ref(), person.account.username.as_ref());
    let name = username.map(Username::as_str).or(email.map(EmailAddress::as_str));
    name.unwrap_or(&person.profile.display_name)
}

/// Options of both kinds, for the documentation.
pub(crate) fn example() -> Value {
    json!({"publicKey": {
        "rpId": "id.example.org", "challenge": "q83vEjRWeJCrze8SNFZ4kKvN7xI…", "timeout": 300_000, "allowCredentials": [],
        "userVerification": "required"
    }})
}
