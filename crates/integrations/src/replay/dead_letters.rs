//! The list of dead letters.

use crate::Integrations;
use std::sync::Arc;

use schemars::JsonSchema;
use selfsame_events::{DeadLetter, dead_page};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_web::{Fault, Problem};
use serde::Serialize;

use crate::webhook_delivery::is_endpoint_subscription;

/// An event that a sink has given up on. What the event says is not shown: it may be for its user
/// alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Dead")]
pub struct DeadLetterView {
    /// Who gave up: a sink, a part of this service, or `webhook.` with the id of a webhook.
    pub sink: String,
    /// The event's id.
    pub event_id: String,
    /// Its type.
    pub event_type: String,
    /// Whom it is about.
    pub subject: UserId,
    /// Which of the subject's events it is.
    pub sequence: u64,
    /// When it was committed.
    pub occurred_at: Timestamp,
    /// When it was given up.
    pub given_up_at: Timestamp,
    /// Why.
    pub reason: String,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(dead_letter: DeadLetter) -> Self {
        let DeadLetter { reactor, reason, at, event } = dead_letter;
        Self {
            sink: reactor,
            event_id: event.event_id,
            event_type: event.event_type,
            subject: event.subject,
            sequence: event.sequence,
            occurred_at: event.occurred_at,
            given_up_at: at,
            reason,
        }
    }
}

/// `sink`, if a subscription has this name; `pointer` names the field that it was given in.
pub(super) async fn known(
    integrations: &Arc<Integrations>,
    sink: &str,
    pointer: &str,
) -> Result<String, Problem> {
    let known = integrations.subscription_names().await?;
    if known.iter().any(|name| name == sink) {
        return Ok(sink.to_owned());
    }
    if is_endpoint_subscription(sink) {
        return Err(Problem::fault(pointer, Fault::Unknown));
    }
    Err(Problem::fault(pointer, Fault::NotOneOf { allowed: known }))
}

/// Up to `limit` dead letters of `sink`, or of all, behind the dead letter `after` (its sink and
/// its event).
pub async fn list_dead_letters(
    integrations: &Arc<Integrations>,
    sink: Option<&str>,
    after: Option<(&str, &str)>,
    limit: usize,
) -> Result<Vec<DeadLetterView>, Problem> {
    let names = match sink {
        Some(sink) => vec![known(integrations, sink, "?sink").await?],
        None => integrations.subscription_names().await?,
    };
    let mut found = Vec::new();
    for name in &names {
        let behind = match after {
            Some((reached, _)) if name.as_str() < reached => continue,
            Some((reached, event)) if name == reached => Some(event.to_owned()),
            _ => None,
        };
        let remaining = limit.saturating_sub(found.len());
        if remaining == 0 {
            break;
        }
        found.extend(
            dead_page(&*integrations.platform.store, name, behind, remaining)
                .await?
                .into_iter()
                .map(DeadLetterView::from),
        );
    }
    Ok(found)
}
