//! Credentials as browsers send them: `PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1),
//! parsed as far as that needs no store.

use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use selfsame_primitives::{from_base64url, same_secret};
use selfsame_webauthn::{AuthenticatorData, of_attestation};
use serde::Deserialize;

use super::challenge::{CeremonyPurpose, Challenge};
use super::relying_party::RelyingParty;
use crate::Identity;

/// A passkey that was just made. Members beside these are passed over: browsers add some.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Attestation {
    /// What the authenticator said.
    pub(super) response: AttestationResponse,
}

/// What the authenticator said when it made a passkey.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttestationResponse {
    /// What the browser knows, in base 64.
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    /// The new key and how it was made, in base 64.
    attestation_object: String,
    /// How browsers may reach it.
    #[serde(default)]
    pub(super) transports: Vec<String>,
}

/// A passkey that was used. Members beside these are passed over: browsers add some.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assertion {
    /// The authenticator's id of it, in base 64.
    pub(super) raw_id: String,
    /// What the authenticator said.
    pub(super) response: AssertionResponse,
}

/// What the authenticator said when a passkey was used.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssertionResponse {
    /// What the browser knows, in base 64.
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    /// What the authenticator knows, in base 64.
    authenticator_data: String,
    /// Its signature over both, in base 64.
    signature: String,
    /// The id of the user, in base 64.
    pub(super) user_handle: Option<String>,
}

/// What a browser knows (§5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// A response whose origin, challenge and relying party are right; the key verifies its signature.
pub(super) struct CeremonyResponse {
    pub(super) challenge: Challenge,
    pub(super) data: AuthenticatorData,
    /// What was signed.
    pub(super) message: Vec<u8>,
}

/// What a browser sent, decoded; `kind` is what it was asked to do.
struct RawCredential<'s> {
    kind: &'static str,
    client_data: &'s str,
    data: Option<AuthenticatorData>,
    raw_data: Vec<u8>,
}

impl Attestation {
    /// `None` where it answers no challenge that was given out for `purpose`, or is no passkey of
    /// this service.
    pub(super) fn read(
        &self,
        identity: &Identity,
        party: &RelyingParty,
        purpose: CeremonyPurpose<'_>,
    ) -> Option<CeremonyResponse> {
        let data = of_attestation(&from_base64url(&self.response.attestation_object)?);
        let client_data = &self.response.client_data;
        RawCredential { kind: "webauthn.create", client_data, data, raw_data: Vec::new() }
            .check(identity, party, purpose)
    }
}

impl Assertion {
    /// `None` where it answers no challenge that was given out for `purpose`, or is no passkey of
    /// this service.
    pub(super) fn read(
        &self,
        identity: &Identity,
        party: &RelyingParty,
        purpose: CeremonyPurpose<'_>,
    ) -> Option<(CeremonyResponse, Vec<u8>)> {
        let raw_data = from_base64url(&self.response.authenticator_data)?;
        let data = AuthenticatorData::read(&raw_data);
        let client_data = &self.response.client_data;
        let answer = RawCredential { kind: "webauthn.get", client_data, data, raw_data }
            .check(identity, party, purpose)?;
        Some((answer, from_base64url(&self.response.signature)?))
    }
}

impl RawCredential<'_> {
    /// §7.1 steps 5 to 14, §7.2 steps 10 to 17.
    fn check(
        self,
        identity: &Identity,
        party: &RelyingParty,
        purpose: CeremonyPurpose<'_>,
    ) -> Option<CeremonyResponse> {
        let bytes = from_base64url(self.client_data)?;
        let client: ClientData = serde_json::from_slice(&bytes).ok()?;
        let challenge = from_base64url(&client.challenge)?;
        let challenge = Challenge::read(
            &identity.platform.keys,
            &challenge,
            identity.platform.now(),
            identity.settings.void_before,
            purpose,
        )?;
        let data = self.data?;
        let is_ours = client.kind == self.kind
            && party.knows(&client.origin)
            && !client.cross_origin
            && same_secret(&data.rp_id_hash, digest(&SHA256, party.id.as_bytes()).as_ref())
            && data.is_present()
            && (data.is_verified() || !purpose.needs_verification());
        let message = [&self.raw_data, digest(&SHA256, &bytes).as_ref()].concat();
        is_ours.then_some(CeremonyResponse { challenge, data, message })
    }
}
