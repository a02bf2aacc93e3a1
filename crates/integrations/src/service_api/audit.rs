//! The audit log of alias look-ups: it outlives the users it is about, and is read by operators.
//!
//! Each day is one partition, outside of the partitions of users. The alias is sealed, so that the
//! store alone leads from no alias to a look-up of it.

use std::time::Duration;

use selfsame_primitives::{Timestamp, new_ulid};
use selfsame_store::{Key, Query, Record, Store, StoreError, decode};
use serde::{Deserialize, Serialize};

use crate::Integrations;
use selfsame_identity::authentication::ServiceCaller;
use selfsame_profiles::aliases::ContextType;

/// The retention of look-ups.
pub(super) const RETENTION: Duration = Duration::from_hours(2 * 365 * 24);
/// Prefix of the partitions.
const PREFIX: &str = "audit/alias-look-ups/";

/// A service has looked up the owner of an alias.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasAuditEntry {
    /// When.
    pub at: Timestamp,
    /// The service, in the operator's words.
    pub service: String,
    /// The id of its token.
    pub token_id: String,
    /// The id of its request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The network that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The type of the alias's context.
    pub context_type: ContextType,
    /// The alias, sealed; see [`selfsame_profiles::aliases::open_note`].
    pub alias: String,
}

impl Record for AliasAuditEntry {
    const KIND: &'static str = "alias-look-up";
}

impl AliasAuditEntry {
    pub(super) fn of(
        integrations: &Integrations,
        caller: &ServiceCaller,
        context_type: ContextType,
        alias: String,
    ) -> Self {
        let origin = caller.client.origin(None);
        Self {
            at: integrations.platform.now(),
            service: caller.token.name.clone(),
            token_id: caller.token.id.clone(),
            request_id: origin.request_id,
            ip: origin.ip.map(|address| address.network().to_string()),
            context_type,
            alias,
        }
    }

    /// Its key: the partition of its day, in the order of time.
    pub(super) fn key(&self, integrations: &Integrations) -> Key {
        Key::new(partition(self.at), new_ulid(self.at, &*integrations.platform.random))
    }
}

fn partition(time: Timestamp) -> String {
    let time = time.to_string();
    format!("{PREFIX}{}", time.get(..10).unwrap_or(&time))
}

/// Calls `each` with the look-ups of the day (UTC) of `time`, the oldest first.
pub async fn look_ups(
    store: &dyn Store,
    time: Timestamp,
    mut each: impl FnMut(AliasAuditEntry),
) -> Result<(), StoreError> {
    let mut query = Query::prefix(partition(time), "");
    // An empty prefix has no end; sort keys are never empty.
    query.from = "0".into();
    loop {
        let page = store.query(&query).await?;
        for item in &page.items {
            each(decode(&item.body)?);
        }
        if page.next.is_none() {
            return Ok(());
        }
        query = query.after(page.next);
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::encode;

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = br#"alias-look-up/1
{"at":"2026-01-31T09:30:00.000Z","service":"chat","tokenId":"aB3cD4eF","requestId":"req-1","ip":"203.0.113.7","contextType":"chat_room","alias":"c2VhbGVk"}"#;
        let look_up: AliasAuditEntry = decode(stored).unwrap();
        assert_eq!((look_up.service.as_str(), look_up.token_id.as_str()), ("chat", "aB3cD4eF"));
        assert_eq!(encode(&look_up), stored);
        assert_eq!(partition(look_up.at), "audit/alias-look-ups/2026-01-31");
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::AliasAuditEntry>();
    }
}
