//! The event payload of an alert, and its evidence.

use schemars::JsonSchema;
use selfsame_events::{EventPayload, Redaction};
use selfsame_primitives::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What was noticed.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Kind {
    /// A sign-in from a device that the account was not used on before.
    NewDevice,
    /// A sign-in from a network that the account was not used from before, on a known device.
    NewNetwork,
    /// Wrong passwords, several times.
    FailedSignIns,
    /// Wrong codes that were to show who reads an address, several times.
    OtpGuessing,
    /// Wrong codes at the second step of a sign-in, several times.
    TwoFactorGuessing,
    /// A refresh token was used twice.
    TokenReuse,
    /// Password, address or second factor changed within an hour of a sign-in from a new device or
    /// network.
    ChangeAfterNewDevice,
    /// Very many profiles were read with the account.
    MassProfileReads,
    /// A passkey counted backwards.
    PasskeyCopied,
}

/// The names of all [`Kind`]s, as metric labels.
pub(super) const KINDS: &[&str] = &[
    "new_device",
    "new_network",
    "failed_sign_ins",
    "otp_guessing",
    "two_factor_guessing",
    "token_reuse",
    "change_after_new_device",
    "mass_profile_reads",
    "passkey_copied",
];

/// What something was noticed by: plain facts, those that apply.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Evidence {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What the client called itself, without versions: `Firefox on Linux`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    /// The network it came from: `203.0.113.0/24`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<String>,
    /// Whether the device was new at the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_device: Option<bool>,
    /// Whether the network was new at the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_network: Option<bool>,
    /// The session that it happened in or to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_id: Option<SessionId>,
    /// The type of the event that told of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) change: Option<String>,
    /// When the sign-in was that the change came soon after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signed_in_at: Option<Timestamp>,
    /// How many sign-ins were refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failures: Option<u32>,
    /// Networks that they came from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) networks: Vec<String>,
    /// How many wrong codes came in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wrong_codes: Option<u32>,
    /// About how many different profiles were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profiles: Option<u32>,
    /// Since when this is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Timestamp>,
    /// The passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) passkey_id: Option<String>,
}

/// `security.alert`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityAlert {
    /// What was noticed.
    pub(super) kind: Kind,
    /// How likely harm is, 0 to 100.
    #[schemars(range(max = 100))]
    pub(super) risk: u8,
    /// What it was noticed by.
    pub(super) evidence: Evidence,
}

impl EventPayload for SecurityAlert {
    const TYPE: &'static str = "security.alert";
    const SUMMARY: &'static str = "Something happened that may be an attack on the account.";
    const TO_OTHERS: Redaction = Redaction::Without(&["evidence"]);

    fn example() -> Value {
        json!({"kind": "new_device", "risk": 45, "evidence": {
            "at": "2027-01-15T08:00:00.000Z", "device": "Firefox on Linux", "network": "203.0.113.0/24", "newDevice": true,
            "newNetwork": true, "sessionId": "ses_01JHKQ2Y7CF3M8N5T9V1WXZ4AB"
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_name_in_the_list_that_is_counted_by() {
        let schema = schemars::schema_for!(Kind);
        let variants = schema.get("oneOf").and_then(Value::as_array).unwrap();
        let names: Vec<_> =
            variants.iter().filter_map(|variant| variant.get("const")?.as_str()).collect();
        assert_eq!(names, KINDS);
    }
}
