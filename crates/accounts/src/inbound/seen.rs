//! Which messages were done.

use std::time::Duration;

use selfsame_basics::Timestamp;
use selfsame_events::user_key;
use selfsame_items::{Guard, Key, Record, Write, encode};
use selfsame_web::Problem;
use serde::{Deserialize, Serialize};

use super::message::InboundMessage;
use crate::App;

/// How long the id of a message is remembered.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// A message was done, at `message/{id}` in the partition of the user it was about.
///
/// Written after what it asked for, in a commit of its own. Where a crash comes between the two, the message is done once more when it
/// comes again: numbers and activity know its id and stay as they are, and the other changes set what they have set before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    /// When it was done.
    at: Timestamp,
}

impl Record for Seen {
    const KIND: &'static str = "inbound-message";
}

fn key(message: &InboundMessage) -> Key {
    user_key(&message.user, format!("message/{}", message.id))
}

/// Whether `message` was done.
pub(super) async fn has(app: &App, message: &InboundMessage) -> Result<bool, Problem> {
    Ok(app.store.get(&key(message)).await?.is_some())
}

/// Notes that `message` was done.
pub(super) async fn note(app: &App, message: &InboundMessage) -> Result<(), Problem> {
    let now = app.now();
    let write = Write::put_until(key(message), Guard::Any, encode(&Seen { at: now }), now.plus(REMEMBERED));
    Ok(app.journal.commit(vec![write]).await?)
}

#[cfg(test)]
mod tests {
    use selfsame_items::decode;

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = b"inbound-message/1\n{\"at\":\"2026-01-31T09:30:00.000Z\"}";
        let seen: Seen = decode(stored).unwrap();
        assert_eq!(encode(&seen), stored);
    }
}
