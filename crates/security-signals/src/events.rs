//! The events that record signals.

use schemars::JsonSchema;
use selfsame_events::{EventPayload, Redaction};
use selfsame_primitives::{SessionId, Timestamp, stored};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `security.token_reuse`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenReuse {
    /// The session, which has ended.
    #[serde(deserialize_with = "stored::text")]
    pub session_id: SessionId,
}

impl EventPayload for TokenReuse {
    const TYPE: &'static str = "security.token_reuse";
    const SUMMARY: &'static str = "A refresh token that was spent came again: somebody has a copy.";

    fn example() -> Value {
        json!({"sessionId": "ses_01JHKQ2Y7CF3M8N5T9V1WXZ4AB"})
    }
}

/// `security.passkey_copied`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyCopied {
    /// The passkey, which signed nobody in.
    pub passkey_id: String,
}

impl EventPayload for PasskeyCopied {
    const TYPE: &'static str = "security.passkey_copied";
    const SUMMARY: &'static str = "A passkey counted backwards: somebody has a copy.";

    fn example() -> Value {
        json!({"passkeyId": "cGFzc2tleQ"})
    }
}

/// `security.sign_ins_refused`: told at the fifth refusal within a quarter of an hour, and whenever
/// there are twice as many.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInsRefused {
    /// How many there were.
    pub failures: u32,
    /// Since when they are counted.
    pub since: Timestamp,
    /// The first five networks that they came from: `203.0.113.0/24`.
    pub networks: Vec<String>,
}

impl EventPayload for SignInsRefused {
    const TYPE: &'static str = "security.sign_ins_refused";
    const SUMMARY: &'static str = "Wrong passwords were tried for an account.";
    const TO_OTHERS: Redaction = Redaction::Without(&["networks"]);

    fn example() -> Value {
        json!({"failures": 5, "since": "2027-01-15T08:00:00.000Z", "networks": ["203.0.113.0/24"]})
    }
}

/// What a code shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum Factor {
    /// The second factor of a sign-in; the password was right.
    TwoFactor,
    /// A code that was mailed.
    OneTimePassword,
}

/// `security.code_guessing`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeGuessing {
    /// What was guessed at.
    pub factor: Factor,
    /// How many wrong codes came in a row.
    pub wrong_codes: u32,
}

impl EventPayload for CodeGuessing {
    const TYPE: &'static str = "security.code_guessing";
    const SUMMARY: &'static str = "Wrong codes were tried for an account.";

    fn example() -> Value {
        json!({"factor": "TWO_FACTOR", "wrongCodes": 5})
    }
}

/// `security.mass_profile_reads`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MassProfileReads {
    /// About how many different profiles were read.
    pub profiles: u32,
    /// Since when.
    pub since: Timestamp,
}

impl EventPayload for MassProfileReads {
    const TYPE: &'static str = "security.mass_profile_reads";
    const SUMMARY: &'static str = "Somebody reads other people's profiles as no person does.";

    fn example() -> Value {
        json!({"profiles": 640, "since": "2027-01-15T08:00:00.000Z"})
    }
}
