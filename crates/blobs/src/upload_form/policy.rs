//! A policy, read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_primitives::Timestamp;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::signature::parse_time;
use super::{Form, Refusal};

/// The most conditions: each is compared with the form.
const MOST_CONDITIONS: usize = 200;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Policy {
    expires_at: Timestamp,
    conditions: Vec<Condition>,
}

impl Policy {
    /// Reads the value of the field `policy`. Its size is bounded by that of the form, its depth by
    /// the JSON parser.
    pub(super) fn read(field: &str) -> Result<Self, Refusal> {
        let bytes =
            STANDARD.decode(field).map_err(|_| Refusal::bad_policy("Invalid Base64 Encoding."))?;
        let document: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|_| Refusal::bad_policy("Invalid JSON."))?;
        if let Some(name) =
            document.keys().find(|name| !matches!(name.as_str(), "expiration" | "conditions"))
        {
            return Err(Refusal::bad_policy(format_args!("Unexpected: '{name}'.")));
        }
        Ok(Self { expires_at: expiration(&document)?, conditions: conditions(&document)? })
    }

    /// Fails where `form`, sent to `bucket`, is not what the policy takes.
    pub(super) fn check(&self, form: &Form, bucket: &str, now: Timestamp) -> Result<(), Refusal> {
        if now >= self.expires_at {
            return Err(Refusal::against_policy("Policy expired."));
        }
        self.conditions.iter().try_for_each(|condition| condition.check(form, bucket))?;
        // A policy without one would be good for any bucket that the key opens.
        if !self.covers("bucket") {
            return Err(Refusal::against_policy(
                "Policy Condition failed: [\"eq\", \"$bucket\", \"\"]",
            ));
        }
        match form.names().find(|name| must_be_covered(name) && !self.covers(name)) {
            Some(extra) => {
                Err(Refusal::against_policy(format_args!("Extra input fields: {extra}")))
            }
            None => Ok(()),
        }
    }

    /// How many bytes the file may have: the least and the most.
    pub(super) fn length(&self) -> (u64, u64) {
        self.conditions.iter().fold((0, u64::MAX), |(low, high), condition| match condition {
            Condition::Length(least, most) => (low.max(*least), high.min(*most)),
            Condition::Equals(..) | Condition::StartsWith(..) | Condition::Never(_) => (low, high),
        })
    }

    fn covers(&self, name: &str) -> bool {
        self.conditions.iter().any(|condition| condition.field() == Some(name))
    }
}

/// Amazon S3 API Reference, "POST Policy", Conditions.
fn must_be_covered(name: &str) -> bool {
    !matches!(name, "x-amz-signature" | "file" | "policy") && !name.starts_with("x-ignore-")
}

fn expiration(document: &Map<String, Value>) -> Result<Timestamp, Refusal> {
    let value = document
        .get("expiration")
        .ok_or_else(|| Refusal::bad_policy("Policy missing expiration."))?;
    value
        .as_str()
        .and_then(parse_time)
        .ok_or_else(|| Refusal::bad_policy(format_args!("Invalid 'expiration' value: {value}")))
}

fn conditions(document: &Map<String, Value>) -> Result<Vec<Condition>, Refusal> {
    let values = document
        .get("conditions")
        .ok_or_else(|| Refusal::bad_policy("Policy missing conditions."))?;
    match values.as_array() {
        Some(values) if values.len() <= MOST_CONDITIONS => {
            values.iter().map(Condition::read).collect()
        }
        Some(_) => Err(Refusal::bad_policy("Too many conditions.")),
        None => Err(Refusal::bad_policy("Conditions must be a list.")),
    }
}
