//! Frames of server-sent events (HTML Standard §9.2.5).

use std::fmt::Write as _;

use bytes::Bytes;
use selfsame_events::Entry;
use selfsame_primitives::UserId;
use selfsame_store::{Item, StoreError};

use crate::activity_log;

/// How long a client waits before it reconnects, in milliseconds.
const RETRY: u32 = 2000;

/// A comment, which clients ignore: it shows proxies and clients that the stream is alive.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

/// The first frame: the delay of reconnections, and the position. An `id` without data is no event,
/// but clients remember it.
pub(super) fn beginning(position: u64) -> Bytes {
    format!("retry: {RETRY}\nid: {position}\n\n").into()
}

/// The events in `items`, and the sequence of the last one. Damaged entries are left out, but their
/// `id` is sent, so that a client does not ask for them again.
pub(super) fn events(user: &UserId, items: Vec<Item>) -> Result<(Bytes, u64), StoreError> {
    let (mut text, mut last) = (String::new(), 0);
    for item in items {
        last = sequence(&item)?;
        let Some(entry) = activity_log::read(user, last, &item)? else {
            let _ = write!(text, "id: {last}\n\n");
            continue;
        };
        let event = entry.into_event(user.clone(), last);
        // JSON written compactly has no line breaks, which would end the field.
        let data = serde_json::to_string(&event)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let _ = write!(text, "id: {last}\nevent: {}\ndata: {data}\n\n", event.event_type);
    }
    Ok((text.into(), last))
}

fn sequence(item: &Item) -> Result<u64, StoreError> {
    let digits = item.key.sort.strip_prefix(Entry::PREFIX).and_then(|digits| digits.parse().ok());
    digits.ok_or_else(|| StoreError::Corrupt(format!("{} is no entry", item.key)))
}
