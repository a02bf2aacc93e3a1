//! The event catalog: every event type with its schema, an example, and its redaction.
//!
//! All of it is made from the features' own list of payloads: the catalog, the AsyncAPI document,
//! and the one function that decides what leaves the installation ([`EventCatalog::redact`],
//! decision 0027).

mod asyncapi;
mod document;
#[cfg(test)]
mod private;
mod redaction;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

pub use document::{Catalog, CatalogEvent, ExternalPayload};
pub use redaction::{RedactingHandler, redacting_handlers};
use selfsame_events::{Event, EventKind, Redaction};
use selfsame_web::{CachedBody, FeatureInfo, Reply};
use serde_json::Value;

/// Every type of event that the features emit.
pub struct EventCatalog {
    /// The types, each with the feature that emits it.
    kinds: Vec<(&'static str, EventKind)>,
    to_others: HashMap<&'static str, Redaction>,
    catalog: OnceLock<CachedBody>,
    asyncapi: OnceLock<CachedBody>,
}

impl fmt::Debug for EventCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventCatalog({} types)", self.kinds.len())
    }
}

impl EventCatalog {
    /// The types of `features`.
    #[must_use]
    pub fn of(features: &[FeatureInfo]) -> Self {
        let kinds: Vec<_> = features
            .iter()
            .flat_map(|feature| feature.events.iter().map(|kind| (feature.name, *kind)))
            .collect();
        let to_others = kinds.iter().map(|(_, kind)| (kind.name, kind.to_others)).collect();
        Self { kinds, to_others, catalog: OnceLock::new(), asyncapi: OnceLock::new() }
    }

    /// The names of the types.
    #[must_use]
    pub fn types(&self) -> Vec<&'static str> {
        self.kinds.iter().map(|(_, kind)| kind.name).collect()
    }

    /// `event`, redacted for consumers outside. A type that is not in the catalog is redacted to
    /// its envelope.
    #[must_use]
    pub fn redact(&self, event: &Event) -> Event {
        let rule = self.to_others.get(&*event.event_type).copied();
        redaction::redact(event, rule.unwrap_or(Redaction::Envelope))
    }

    /// The catalog, with a schema and an example of each type.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        document::catalog(&self.kinds)
    }

    /// The AsyncAPI 3.0 document.
    #[must_use]
    pub fn asyncapi(&self) -> Value {
        asyncapi::asyncapi(&self.kinds)
    }

    /// [`EventCatalog::catalog`] as a response body; made once.
    pub(crate) fn catalog_body(&self) -> &CachedBody {
        self.catalog.get_or_init(|| Reply::ok(self.catalog()).ready())
    }

    /// [`EventCatalog::asyncapi`] as a response body; made once.
    pub(crate) fn asyncapi_body(&self) -> &CachedBody {
        self.asyncapi.get_or_init(|| CachedBody::json(self.asyncapi().to_string()))
    }
}
