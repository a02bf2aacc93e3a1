//! An entry as its owner sees it.

use schemars::JsonSchema;
use selfsame_events::{Entry, EventPayload as _};
use selfsame_primitives::{Locale, SessionId, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::events::ActivityRecorded;
use super::texts;
use selfsame_identity::authentication::SignedIn;

/// Who has written an entry down.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Source {
    /// This service, because it happened here.
    Account,
    /// One of the person's own clients.
    Client,
    /// Another service.
    Service,
}

/// Something that has happened.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityView {
    /// Its id: that of the event.
    pub(super) id: String,
    /// What kind of thing: the type of the event, or the kind that a client or a service gave it.
    #[serde(rename = "type")]
    kind: String,
    /// When.
    occurred_at: Timestamp,
    /// What happened, in a short sentence in the person's language.
    summary: String,
    /// The client's address; after 30 days only its network. Null where nobody asked for it (it
    /// followed from something else).
    ip: Option<String>,
    /// What the client calls itself.
    device: Option<String>,
    /// The session it came from, or the one that it is about.
    session: Option<SessionId>,
    /// Whether that is the session that asks.
    current: bool,
    /// The request that caused it.
    request_id: Option<String>,
    /// Who has written it down.
    source: Source,
    /// Which service, where one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// What a client or a service added to it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    data: Map<String, Value>,
}

/// Whether an entry is shown: a notification is about an event that has an entry of its own.
pub(super) fn is_shown(entry: &Entry) -> bool {
    !entry.event_type.starts_with("notification.")
}

/// The type of the event, or the kind that a client or a service gave it.
pub(super) fn kind(entry: &Entry) -> &str {
    let given =
        (entry.event_type == ActivityRecorded::TYPE).then(|| entry.data.get("kind")).flatten();
    given.and_then(Value::as_str).unwrap_or(&entry.event_type)
}

/// The session that an entry is about, or came from.
pub(super) fn session(entry: &Entry) -> Option<SessionId> {
    let about =
        entry.event_type.starts_with("session.").then(|| entry.data.get("sessionId")).flatten();
    let about = about.and_then(Value::as_str).and_then(|id| SessionId::parse(id).ok());
    about.or_else(|| entry.origin.session_id.clone())
}

impl ActivityView {
    /// `entry` as `caller`, its owner, sees it; `ip` is the part of its address that may be shown.
    pub(super) fn of(entry: Entry, caller: &SignedIn, ip: Option<String>) -> Self {
        let language = caller.person.profile.preferences.language;
        let (summary, session) = (summary(&entry, language), session(&entry));
        let (kind, recorded) = (kind(&entry).to_owned(), recorded(&entry));
        let (source, service, data) = match recorded {
            None => (Source::Account, None, Map::new()),
            Some(ActivityRecorded { service: None, data, .. }) => (Source::Client, None, data),
            Some(ActivityRecorded { service, data, .. }) => (Source::Service, service, data),
        };
        Self {
            id: entry.event_id,
            kind,
            occurred_at: entry.occurred_at,
            summary,
            ip,
            device: entry.origin.device,
            current: session.is_some() && session == caller.session,
            session,
            request_id: entry.origin.request_id,
            source,
            service,
            data,
        }
    }
}

fn recorded(entry: &Entry) -> Option<ActivityRecorded> {
    let is_recorded = entry.event_type == ActivityRecorded::TYPE;
    is_recorded.then(|| serde_json::from_value(entry.data.clone()).ok()).flatten()
}

fn summary(entry: &Entry, language: Locale) -> String {
    let given = entry.data.get("summary").and_then(Value::as_str);
    let given = given.filter(|_| entry.event_type == ActivityRecorded::TYPE);
    given.map_or_else(|| texts::summary(kind(entry), &entry.data, language), str::to_owned)
}
