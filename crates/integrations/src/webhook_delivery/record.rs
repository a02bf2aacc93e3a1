//! Records of webhooks: the endpoints, their failures, and their deliveries.

use selfsame_primitives::{Timestamp, UserId, stored, ulid_time};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// The partition of endpoints.
pub(crate) const PARTITION: &str = "webhooks";

/// An endpoint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoint {
    /// A ULID. It names the endpoint's subscription and its log, so it is never used again.
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) description: String,
    /// Exact types and families (`profile.*`); empty for all.
    pub(crate) event_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disabled: Option<Disabled>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Counts the changes, for `If-Match`.
    pub(crate) version: u64,
    /// Sealed.
    pub(crate) secret: String,
    /// The previous secret, while it is still used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) former: Option<PreviousSecret>,
}

/// A replaced secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviousSecret {
    /// Sealed.
    pub(crate) secret: String,
    /// Deliveries are also signed with it until then.
    pub(crate) until: Timestamp,
}

/// Since when and why an endpoint is disabled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Disabled {
    pub(crate) reason: Reason,
    pub(crate) at: Timestamp,
}

/// Why nothing is sent to an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Reason {
    /// An administrator or service wanted it so.
    Administrator,
    /// It answered 410 Gone.
    Gone,
    /// It failed for three days without a success.
    Failing,
}

impl Reason {
    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl Endpoint {
    pub(crate) fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }

    pub(crate) fn subscribes_to(&self, event_type: &str) -> bool {
        let fits = |wanted: &String| match wanted.strip_suffix('*') {
            Some(family) => event_type.starts_with(family),
            None => wanted == event_type,
        };
        self.event_types.is_empty() || self.event_types.iter().any(fits)
    }

    /// The name of its subscription.
    pub(crate) fn subscription_name(&self) -> String {
        subscription_name(&self.id)
    }
}

/// Prefix of the names of endpoint subscriptions; no other subscription begins with it.
pub(crate) const SUBSCRIPTION_PREFIX: &str = "webhook.";

pub(crate) fn subscription_name(endpoint: &str) -> String {
    format!("{SUBSCRIPTION_PREFIX}{endpoint}")
}

/// All endpoints, in one item: there are few, they change seldom, and one guard covers all of them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoints {
    pub(crate) endpoints: Vec<Endpoint>,
    /// Ids of removed endpoints, while delivery cursors of theirs exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) leaving: Vec<String>,
}

impl Record for Endpoints {
    const KIND: &'static str = "webhooks";
}

impl Endpoints {
    pub(crate) const SORT: &'static str = "endpoints";

    pub(crate) fn key() -> Key {
        Key::new(PARTITION, Self::SORT)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    pub(crate) fn enabled(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.is_enabled())
    }
}

/// The failure of an endpoint; absent while it works. Apart from the endpoints, since it changes
/// with deliveries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failing {
    /// The first failure after its last success.
    pub(crate) since: Timestamp,
}

impl Record for Failing {
    const KIND: &'static str = "webhook-failing";
}

impl Failing {
    pub(crate) const PREFIX: &'static str = "failing/";

    pub(crate) fn key(endpoint: &str) -> Key {
        Key::new(PARTITION, format!("{}{endpoint}", Self::PREFIX))
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Status {
    /// The endpoint took it.
    Delivered,
    /// It failed and is tried again.
    Waiting,
    /// It failed and is not tried again by itself.
    Failed,
}

/// The delivery of one event to one endpoint, after the last attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    pub(crate) event_id: String,
    pub(crate) event_type: String,
    pub(crate) occurred_at: Timestamp,
    /// The user of the event; `None` for tests.
    #[serde(
        default,
        deserialize_with = "stored::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) subject: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sequence: Option<u64>,
    pub(crate) status: Status,
    /// The number of attempts.
    pub(crate) attempts: u32,
    /// The time of the last attempt.
    pub(crate) attempted_at: Timestamp,
    pub(crate) duration_ms: u64,
    /// The status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u16>,
    /// The error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The time of the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_at: Option<Timestamp>,
}

impl Record for Delivery {
    const KIND: &'static str = "webhook-delivery";
}

/// A day, in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

impl Delivery {
    /// The partition of the deliveries to `endpoint` of events of one day, counted from 1970. A
    /// partition per day bounds its size.
    pub(crate) fn partition(endpoint: &str, day: i64) -> String {
        format!("webhook-log/{endpoint}/{day:05}")
    }

    /// When the event got its id, in milliseconds since 1970: the order of the log.
    pub(crate) fn moment(&self) -> i64 {
        ulid_time(&self.event_id).map_or(0, Timestamp::millis)
    }

    /// Its key, which follows from the event's id: ULIDs begin with their time. `None` for what is
    /// no ULID.
    pub(crate) fn key(endpoint: &str, event_id: &str) -> Option<Key> {
        let day = ulid_time(event_id)?.millis() / DAY;
        Some(Key::new(Self::partition(endpoint, day), event_id))
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Endpoints>();
        are_read::<super::Failing>();
        are_read::<super::Delivery>();
    }
}
