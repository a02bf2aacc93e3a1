//! The event catalog.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use selfsame_events::{Event, EventKind, Redaction};
use selfsame_primitives::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// Every type of event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Catalog {
    /// The JSON Schema (2020-12) of what all events have.
    pub envelope: Value,
    /// Every type, feature by feature.
    pub events: Vec<CatalogEvent>,
}

/// A type of event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogEvent {
    /// Its name: `eventType`, the routing key, the end of the subject.
    #[serde(rename = "type")]
    pub name: &'static str,
    /// The feature that tells of it.
    pub feature: &'static str,
    /// What has happened.
    pub summary: &'static str,
    /// What brokers and webhooks are told of it; the user's own stream has all of it.
    pub others_hear: ExternalPayload,
    /// Members of `data` that only the user hears; others get the event without them.
    pub only_for_owner: &'static [&'static str],
    /// The JSON Schema (2020-12) of `data`, as its user hears it.
    pub schema: Value,
    /// A whole event.
    pub example: Value,
}

/// What others hear of a type of event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[schemars(rename = "OthersHear")]
pub enum ExternalPayload {
    /// All of it.
    All,
    /// All but the members in `onlyForOwner`.
    Part,
    /// That it has happened: `data` is empty and `requestId` is null.
    Envelope,
}

impl From<Redaction> for ExternalPayload {
    fn from(to_others: Redaction) -> Self {
        match to_others {
            Redaction::All => Self::All,
            Redaction::Without(_) => Self::Part,
            Redaction::Envelope => Self::Envelope,
        }
    }
}

/// The catalog of `kinds`, each with the feature that emits it.
pub(super) fn catalog(kinds: &[(&'static str, EventKind)]) -> Catalog {
    let events = kinds.iter().map(|(feature, kind)| row(feature, kind));
    Catalog { envelope: standalone(Event::json_schema), events: events.collect() }
}

fn row(feature: &'static str, kind: &EventKind) -> CatalogEvent {
    CatalogEvent {
        name: kind.name,
        feature,
        summary: kind.summary,
        others_hear: kind.to_others.into(),
        only_for_owner: withheld(kind.to_others),
        schema: standalone(kind.schema),
        example: example(kind),
    }
}

pub(super) fn withheld(to_others: Redaction) -> &'static [&'static str] {
    match to_others {
        Redaction::Without(members) => members,
        Redaction::All | Redaction::Envelope => &[],
    }
}

/// A whole event of this kind.
pub(super) fn example(kind: &EventKind) -> Value {
    json!({
        "eventId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AC",
        "eventType": kind.name,
        "occurredAt": Timestamp::from_millis(1_800_000_000_000),
        "subject": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB",
        "sequence": 12,
        "requestId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AD",
        "data": (kind.example)(),
    })
}

/// A schema without references to other documents.
fn standalone(schema: fn(&mut SchemaGenerator) -> schemars::Schema) -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut whole = schema(&mut generator).to_value();
    let definitions = generator.take_definitions(true);
    if let Some(members) = whole.as_object_mut() {
        members.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        if !definitions.is_empty() {
            members.insert("$defs".into(), definitions.into());
        }
    }
    whole
}
